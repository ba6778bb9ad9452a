"""The demo accounts' one password, and the table of them that is shown at the start."""

from pathlib import Path

from command_center.accounts.models import Post, User
from command_center.env import Environment
from command_center.kept import kept_text, write_private
from command_center.supervisor.passwords import easy_password

USERNAMES = (
    "city",
    "city2",
    "town",
    "town2",
    "village",
    "patrol",
    "department",
    "auditor",
    "admin",
)


def demo_password(environment: Environment) -> str:
    """DEMO_PASSWORD, else the one kept in the data folder, else a fresh one that is kept there.

    A DEMO_PASSWORD that differs from the kept one takes its place, and accounts that still have
    the old one get it.
    """
    path = environment.data_dir / "demo_password"
    kept = kept_text(path, lambda: environment.demo_password or easy_password())
    wanted = environment.demo_password or kept
    if wanted != kept:
        _change(path, kept, wanted)
    return wanted


def _change(path: Path, old: str, new: str) -> None:
    for user in User.objects.filter(username__in=USERNAMES):
        if user.check_password(old):
            user.set_password(new)
            user.save(update_fields=["password"])
    write_private(path, new)


def account_table(password: str) -> str:
    """The demo accounts that exist, with their posts, for the terminal; empty if there are none."""
    posts = Post.objects.filter(user__username__in=USERNAMES, user__is_active=True)
    rows = sorted(
        (USERNAMES.index(post.user.username), post.user.username, post.role, post.jurisdiction.name)
        for post in posts.select_related("user", "jurisdiction")
    )
    if not rows:
        return ""
    lines = [f"  {username:<12}{role:<20}{place}" for _, username, role, place in rows]
    return "\n".join(["Demo accounts:", *lines, f"Their password: {password}"])
