"""Settings of every process. All that varies between installations comes from the environment.

This is also the composition root: the dotted names below are how the packages that build on
command_center (which knows none of them) join the API, the live feed and the admin.
"""

from __future__ import annotations

import os
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONE, SELF, UNSAFE_INLINE
from django.utils.translation import gettext_lazy as _

from command_center.env import Environment, read_environment
from command_center.kept import kept_text
from command_center.maps.tiles import hosts_of
from command_center.sqlite import use_bundled_sqlite

use_bundled_sqlite()

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"
ENVIRONMENT: Environment = read_environment(os.environ, base_dir=BASE_DIR)
DATA_DIR = ENVIRONMENT.data_dir
RUN_DIR = DATA_DIR / "run"
DEBUG = ENVIRONMENT.debug

SECRET_KEY = ENVIRONMENT.secret_key or kept_text(
    DATA_DIR / "secret_key", lambda: secrets.token_urlsafe(48)
)
ALLOWED_HOSTS = list(ENVIRONMENT.allowed_hosts)
CSRF_TRUSTED_ORIGINS = list(ENVIRONMENT.csrf_trusted_origins)

# -- what is composed -----------------------------------------------------------------------------

INSTALLED_APPS = [
    "command_center.administration.apps.PagesConfig",
    "command_center.administration.apps.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "leaflet",
    "django_vite",
    "import_export",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "axes",
    "command_center.accounts",
    "command_center.jurisdictions",
    "command_center.feed",
    "command_center.audit",
    "command_center.health",
    "command_center.supervisor",
    "command_center.pages",
    "command_center.api",
    "iot_bridge.devices",
    "iot_bridge.commands",
    "iot_bridge.snapshots",
    "iot_bridge.intake",
    "iot_bridge.alarms",
    "iot_bridge.performance",
    "iot_bridge.outages",
    "iot_bridge.rulebook",
    "iot_bridge.history",
    "iot_bridge.maintenance",
    "iot_bridge.runner",
    "iot_bridge.simulator",
    "conferencing.conferences",
    "conferencing.quality",
    "conferencing.schedules",
    "conferencing.files",
    "conferencing.archive",
    "dispatch.units",
    "dispatch.push",
    "dispatch.incidents",
    "dispatch.tasks",
    "dispatch.notices",
    "dispatch.plans",
    "dispatch.safety",
    "dispatch.rounds",
    "dispatch.external",
    "dispatch.owntracks",
    "dispatch.cameras",
    "dispatch.statistics",
    "dispatch.demo",
    "conferencing",
]

API_ROUTERS = [
    "command_center.sessions.api.router",
    "command_center.jurisdictions.api.router",
    "command_center.audit.api.router",
    "command_center.health.api.router",
    "command_center.maps.api.router",
    "iot_bridge.intake.pending_api.router",  # before devices: /devices/pending is no device's id
    "iot_bridge.devices.api.router",
    "iot_bridge.commands.api.router",
    "iot_bridge.alarms.api.router",
    "iot_bridge.performance.api.router",
    "iot_bridge.outages.api.router",
    "iot_bridge.snapshots.api.router",
    "iot_bridge.alarms.acts_api.router",
    "iot_bridge.maintenance.api.router",
    "iot_bridge.intake.api.router",
    "iot_bridge.intake.trial_api.router",  # before rulebook: /rules/trial is no rule's number
    "iot_bridge.rulebook.api.router",
    "iot_bridge.history.api.router",
    "conferencing.conferences.api.router",
    "conferencing.quality.api.router",
    "conferencing.schedules.api.router",
    "conferencing.files.api.router",
    "conferencing.archive.api.router",
    "conferencing.conferences.guest_api.router",
    "dispatch.units.api.router",
    "dispatch.units.roster_api.router",
    "dispatch.incidents.api.router",
    "dispatch.incidents.links_api.router",
    "dispatch.incidents.orders_api.router",
    "dispatch.incidents.callers_api.router",
    "dispatch.push.api.router",
    "dispatch.tasks.api.router",
    "dispatch.notices.api.router",
    "dispatch.plans.api.router",
    "dispatch.safety.api.router",
    "dispatch.rounds.api.router",
    "dispatch.external.api.router",
    "dispatch.statistics.api.router",
]

FEED_SECTIONS = [
    "command_center.jurisdictions.feed.SECTION",
    "iot_bridge.devices.feed.SECTION",
    "iot_bridge.commands.feed.SECTION",
    "iot_bridge.alarms.feed.SECTION",
    "iot_bridge.outages.feed.SECTION",
    "iot_bridge.maintenance.feed.SECTION",
    "dispatch.units.feed.SECTION",
    "dispatch.incidents.feed.SECTION",
    "dispatch.tasks.feed.SECTION",
    "dispatch.notices.feed.SECTION",
    "conferencing.conferences.feed.SECTION",
    "conferencing.schedules.feed.SECTION",
]

INCIDENT_FOLLOWERS = [
    "dispatch.tasks.services.follow_incident",
    "dispatch.notices.services.follow_incident",
]

ALARM_FOLLOWERS = ["dispatch.push.alarms.follow"]
ALARM_CALLERS = ["dispatch.push.alarms.call"]

UNIT_FOLLOWERS = ["dispatch.tasks.services.follow_removed_unit"]

ORDER_FOLLOWERS = ["dispatch.notices.orders.follow"]

CONFERENCE_FOLLOWERS = [
    "conferencing.archive.following.follow",
    "dispatch.incidents.conferences.follow",
    "dispatch.push.conferences.follow",
]

ALARMS_IN_USE = ["dispatch.incidents.selectors.alarms_of_cases"]

CONFERENCE_SENT_OUT = "dispatch.tasks.selectors.incidents_carried"
CONFERENCE_CAMERAS = "dispatch.cameras.selectors.EQUIPMENT"
CONFERENCE_REMINDERS = ["dispatch.push.conferences.remind"]

CONTRACT_SOURCES = [
    "command_center.api.contract.documents",
    "command_center.feed.contract.documents",
    "iot_bridge.protocol.contract.documents",
    "dispatch.push.contract.documents",
    "conferencing.signalling.contract.documents",
]

WEBSOCKET_ROUTES = [
    "command_center.feed.routing.websocket_urlpatterns",
    "dispatch.push.routing.websocket_urlpatterns",
    "conferencing.signalling.routing.websocket_urlpatterns",
]

SYSTEM_WARNINGS = [
    "iot_bridge.intake.warnings.codecs",
    "iot_bridge.intake.warnings.waiting_list",
    "iot_bridge.rulebook.warnings.rules",
    "dispatch.incidents.warnings.calendars",
]

WORKING_DAYS = "dispatch.incidents.selectors.working_days"
OWN_CONDITIONS = "iot_bridge.rulebook.selectors.own_conditions"
ALARM_SHELVE_MAX = timedelta(hours=ENVIRONMENT.shelve_max_hours)

MEDIA_ENGINES = "conferencing.engines.installed.engines"
CONFERENCE_LINES_KEPT = timedelta(days=ENVIRONMENT.lines_kept_days)
SNAPSHOTS_KEPT = timedelta(days=ENVIRONMENT.snapshots_kept_days)
CONFERENCE_FILES_KEPT = timedelta(days=ENVIRONMENT.files_kept_days)

METRICS = ["dispatch.push.metrics.families", "conferencing.watching.metrics.families"]

ADMIN_PAGES = ["conferencing.watching.page.PAGE"]

HTTP_ROUTES = ["dispatch.owntracks.routing.urlpatterns"]

BROKER_GUESTS = ["dispatch.owntracks.broker.GUESTS"]

WORKER_JOBS = [
    "command_center.health.jobs.trim_feed",
    "command_center.health.jobs.forget_dead_processes",
    "command_center.health.jobs.clear_sessions",
    "command_center.health.jobs.forget_consoles",
    "iot_bridge.alarms.jobs.escalate_alarms",
    "iot_bridge.history.jobs.count_hours",
    "iot_bridge.history.jobs.trim",
    "iot_bridge.performance.jobs.settle_alarms",
    "iot_bridge.intake.waiting.tend_waiting",
    "iot_bridge.devices.jobs.write_broker_files",
    "iot_bridge.commands.jobs.end_overdue_commands",
    "iot_bridge.commands.jobs.forget_commands",
    "iot_bridge.outages.jobs.watch_bridges",
    "iot_bridge.snapshots.jobs.forget_snapshots",
    "iot_bridge.alarms.jobs.end_shelving",
    "iot_bridge.maintenance.jobs.tend_maintenance",
    "dispatch.incidents.jobs.supervise_overdue",
    "dispatch.incidents.jobs.escalate_late_orders",
    "dispatch.incidents.jobs.resume_suspended",
    "dispatch.incidents.jobs.archive_closed",
    "dispatch.push.jobs.tend_outbox",
    "dispatch.push.jobs.forget_messages",
    "dispatch.tasks.jobs.watch_answers",
    "dispatch.safety.jobs.watch_check_ins",
    "dispatch.rounds.jobs.tend_rounds",
    "dispatch.tasks.jobs.forget_replies",
    "dispatch.units.jobs.end_forgotten_duty",
    "dispatch.units.jobs.follow_roster",
    "conferencing.conferences.jobs.tend_conferences",
    "conferencing.quality.jobs.forget_lines",
    "conferencing.schedules.jobs.tend_schedules",
    "conferencing.files.jobs.forget_conference_files",
    "conferencing.archive.jobs.compose_recordings",
    "conferencing.archive.jobs.forget_recordings",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "command_center.middleware.StaticFiles",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
    "command_center.middleware.in_one_thread",
]

ROOT_URLCONF = "command_center.urls"
ASGI_APPLICATION = "command_center.asgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# -- where things are kept ------------------------------------------------------------------------

_SQLITE: dict[str, Any] = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16000; "
        "PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit=67108864"
    ),
}


def _database() -> dict[str, Any]:
    if ENVIRONMENT.database_url is None:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_DIR / "lingdun.sqlite3",
            "OPTIONS": _SQLITE,
        }
    config: dict[str, Any] = dict(dj_database_url.parse(ENVIRONMENT.database_url))
    if config["ENGINE"].endswith("sqlite3"):
        config["OPTIONS"] = _SQLITE
    else:
        config["OPTIONS"] = {
            **config.get("OPTIONS", {}),
            "pool": {"min_size": 1, "max_size": 8, "timeout": 10},
        }
    return config


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = ENVIRONMENT.redis_url

CHANNEL_LAYERS: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL]},
    }
    if REDIS_URL
    else {"BACKEND": "channels.layers.InMemoryChannelLayer"}
}

# -- people ---------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
OTP_TOTP_ISSUER = "Lingdun"
LOGIN_URL = "/"

AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False

# -- what leaves and enters over HTTP --------------------------------------------------------------

X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
_HTTPS = any(origin.startswith("https://") for origin in CSRF_TRUSTED_ORIGINS)
SESSION_COOKIE_SECURE = _HTTPS
CSRF_COOKIE_SECURE = _HTTPS
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024


CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "style-src": [SELF, UNSAFE_INLINE],  # the component library writes its styles at run time
        "img-src": [SELF, "data:", "blob:", *hosts_of(ENVIRONMENT.map_tiles)],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

STATIC_URL = "/static/"
FRONTEND_DIST = BASE_DIR / "frontend" / "dist"
STATICFILES_DIRS = [FRONTEND_DIST] if FRONTEND_DIST.is_dir() else []
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600
DJANGO_VITE = {
    "default": {"dev_mode": False, "manifest_path": FRONTEND_DIST / ".vite" / "manifest.json"}
}

# -- push ------------------------------------------------------------------------------------------

PUSH_HOSTS = ENVIRONMENT.push_hosts
WEBHOOK_HOSTS = ENVIRONMENT.webhook_hosts
PUSH_CONTACT = ENVIRONMENT.push_contact or next(
    (
        f"https://{urlsplit(origin).hostname}"
        for origin in CSRF_TRUSTED_ORIGINS
        if origin.startswith("https://") and "*" not in origin
    ),
    "mailto:admin@localhost",
)

# -- words, places, times --------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

LEAFLET_CONFIG: dict[str, Any] = {
    "SPATIAL_EXTENT": (106.15, 37.55, 106.95, 38.40),
    "DEFAULT_CENTER": (38.10, 106.34),
    "DEFAULT_ZOOM": 11,
    "MIN_ZOOM": 6,
    "MAX_ZOOM": 18,
    "TILES": [],
    "RESET_VIEW": False,
    "ATTRIBUTION_PREFIX": "",
    "NO_GLOBALS": False,
}

# -- logs ------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "axes": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
    },
}
