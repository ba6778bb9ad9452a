"""The project's settings for a test process: a data folder of its own, no service unless a test starts it."""

import atexit
import os
import shutil
import tempfile

_FOLDER = tempfile.mkdtemp(prefix="lingdun-tests-")
_PARENT = os.getpid()

for _name in (
    "DATABASE_URL", "REDIS_URL", "MQTT_URL", "ALLOWED_HOSTS", "MAP_TILES", "DEBUG",
    "PUSH_HOSTS", "WEBHOOK_HOSTS", "PUSH_CONTACT",
):  # fmt: skip
    os.environ.pop(_name, None)
os.environ["DATA_DIR"] = _FOLDER
os.environ["SECRET_KEY"] = "only-for-tests"
os.environ["SIMULATE"] = "0"
# Programs that a test starts get the real settings, not these.
os.environ["DJANGO_SETTINGS_MODULE"] = "command_center.settings"

from command_center.settings import *  # noqa: E402, F403

# A password of the real kind takes 100 MiB and half a second, by design; the systems that tests start keep it.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def _remove() -> None:
    if os.getpid() == _PARENT:
        shutil.rmtree(_FOLDER, ignore_errors=True)


atexit.register(_remove)
