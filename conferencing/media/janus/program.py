"""Debian's Janus as a child of this process: its configuration, its start and its end."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import shutil
import sys
from pathlib import Path

from command_center.kept import write_private
from command_center.supervisor import launch
from command_center.variables import ConfigurationError
from conferencing.media.settings import JanusSettings, MediaSettings

STARTS_WITHIN_S = 10.0
_MODULES = "janus"
_WANTED = {"plugins": "libjanus_videoroom.so", "transports": "libjanus_websockets.so"}


class JanusProgram:
    """A running Janus that nobody else can speak to: its API is on two Unix sockets in a private folder."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path) -> None:
        self.process = process
        self.address = str(folder / "api.sock")
        self.admin_address = str(folder / "admin.sock")

    async def stop(self) -> None:
        """End it."""
        if self.process.returncode is None:
            self.process.terminate()
            try:
                await asyncio.wait_for(self.process.wait(), 2.0)
            except TimeoutError:
                self.process.kill()
                await self.process.wait()


async def start_janus(settings: MediaSettings, janus: JanusSettings) -> JanusProgram:
    """Start it, and wait until it listens. Raises ConfigurationError where it is not installed or does not come up."""
    program, modules = installed()
    folder = janus.folder
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for name, text in configuration(settings, janus, modules).items():
        write_private(folder / name, text)
    for name in ("api.sock", "admin.sock"):
        (folder / name).unlink(missing_ok=True)
    # By way of the supervisor's launcher: it ends with this process, however that ends.
    launcher = (sys.executable, "-I", "-S", launch.__file__, str(os.getpid()))
    process = await asyncio.create_subprocess_exec(
        *(*launcher, program, "-F", ".", "-C", "janus.jcfg", "-o"), cwd=folder
    )
    running = JanusProgram(process, folder)
    try:
        async with asyncio.timeout(STARTS_WITHIN_S):
            while not (folder / "admin.sock").exists():
                if process.returncode is not None:
                    break
                await asyncio.sleep(0.05)
    except TimeoutError:
        await running.stop()
    if process.returncode is not None:
        raise ConfigurationError(
            f"Janus does not come up (exit code {process.returncode}); its own lines above say why, "
            "or set CONFERENCE_ENGINE=aiortc."
        )
    return running


def installed() -> tuple[str, Path]:
    """The program, and the folder of its modules. Raises ConfigurationError where it is not installed."""
    program = shutil.which("janus")
    folders = (*Path("/usr/lib").glob(f"*-linux-gnu*/{_MODULES}"), Path("/usr/lib/janus"))
    modules = next(
        (one for one in folders if (one / "plugins" / _WANTED["plugins"]).exists()), None
    )
    if program is None or modules is None:
        raise ConfigurationError(
            "CONFERENCE_ENGINE is janus, and Janus is not installed: apt-get install janus; or name one "
            "elsewhere by JANUS_URL, or set CONFERENCE_ENGINE=aiortc."
        )
    return program, modules


def configuration(settings: MediaSettings, janus: JanusSettings, modules: Path) -> dict[str, str]:
    """The files of its configuration, by name. Nothing is loaded that is not used."""
    others = {
        kind: ",".join(
            sorted(one.name for one in (modules / kind).glob("*.so") if one.name != wanted)
        )
        for kind, wanted in _WANTED.items()
    }
    first, last = janus.ports
    return {
        "janus.jcfg": f"""general: {{
  configs_folder = "."
  plugins_folder = "{modules}/plugins"
  transports_folder = "{modules}/transports"
  loggers_folder = "."
  events_folder = "."
  debug_level = 2
  session_timeout = 60
}}
nat: {{ ice_lite = true{_interfaces(settings.host)} }}
media: {{ rtp_port_range = "{first}-{last}", no_media_timer = 1 }}
plugins: {{ disable = "{others["plugins"]}" }}
transports: {{ disable = "{others["transports"]}" }}
events: {{ broadcast = false }}
""",
        "janus.transport.websockets.jcfg": """general: {
  json = "compact", ws = true, ws_unix = "api.sock", wss = false
}
admin: { admin_ws = true, admin_ws_unix = "admin.sock", admin_wss = false }
""",
        "janus.plugin.videoroom.jcfg": "general: { events = false }\n",
    }


def _interfaces(host: str) -> str:
    """Janus never offers loopback: for a browser on the same machine it offers that machine's addresses."""
    if ipaddress.ip_address(host).is_loopback:
        return ""
    return f', ice_enforce_list = "{host}"'
