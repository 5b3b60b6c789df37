"""The only settings module: everything comes from the environment, typed; a missing value names itself.

With nothing set this is a developer's machine: PostgreSQL and Valkey are embedded below
the run folder, which also keeps generated secrets. `DATABASE_URL` makes it a real one:
then `DEBUG` is off unless said otherwise, and without `DEBUG` nothing has a default that
guards something.
"""

from __future__ import annotations

import logging
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from environs import env
from psycopg.conninfo import conninfo_to_dict

from coop.embedded.folder import RunFolder, open_run_folder
from coop.logs import configured

BASE_DIR = Path(__file__).resolve().parent.parent

# Where we run
_is_embedded_database = not env.str("DATABASE_URL", "")
DEBUG = env.bool("DEBUG", _is_embedded_database)
RUN_FOLDER = env.path("RUN_FOLDER", BASE_DIR / ".run")
EMBEDDED_SERVICES: tuple[str, ...] = tuple(
    service
    for service, variable in (("postgresql", "DATABASE_URL"), ("valkey", "REDIS_URL"))
    if DEBUG and not env.str(variable, "")
)
_run: RunFolder | None = open_run_folder(RUN_FOLDER) if DEBUG else None


def _guarding(name: str, secret: str) -> str:
    """Return a secret: from the environment, on a developer's machine else generated."""
    return env.str(name, _run.secrets[secret]) if _run else env.str(name)


SECRET_KEY = _guarding("SECRET_KEY", "secret_key")
SCOPE_SIGNING_KEY = _guarding("SCOPE_SIGNING_KEY", "scope_signing_key")
if len(SCOPE_SIGNING_KEY) != 64 or set(SCOPE_SIGNING_KEY.lower()) - set(
    "0123456789abcdef"
):
    raise ValueError(
        "SCOPE_SIGNING_KEY must be 32 bytes, written as 64 hexadecimal digits."
    )
ALLOWED_HOSTS = (
    env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
    if DEBUG
    else env.list("ALLOWED_HOSTS")
)
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
PUBLIC_URL = (
    env.str("PUBLIC_URL", f"http://127.0.0.1:{env.int('PORT', 8000)}")
    if DEBUG
    else env.str("PUBLIC_URL")
)
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)

# Databases: one server, three roles
DATABASE_POOL_SIZE = env.int("DATABASE_POOL_SIZE", 0)
SERVER_ROLES = {"default": "coop_app", "loader": "coop_loader", "owner": "coop_owner"}
_database_variables = {
    "default": "DATABASE_URL",
    "loader": "LOADER_DATABASE_URL",
    "owner": "MIGRATE_DATABASE_URL",
}


def _database_url(alias: str) -> str:
    """Return an alias's address; only `default` must be given, the others where they are used."""
    variable = _database_variables[alias]
    if "postgresql" in EMBEDDED_SERVICES and _run:
        return _run.database_url(SERVER_ROLES[alias])
    return env.str(variable) if alias == "default" else env.str(variable, "")


def _database(alias: str, url: str) -> dict[str, Any]:
    parts = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    options: dict[str, Any] = {"application_name": f"coop {alias}"}
    if DATABASE_POOL_SIZE and alias == "default":
        options["pool"] = {"min_size": 1, "max_size": DATABASE_POOL_SIZE, "timeout": 10}
    named = {
        "ENGINE": "coop.db.engine",
        "NAME": parts.pop("dbname", "coop"),
        "USER": parts.pop("user", SERVER_ROLES[alias]),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "CONN_HEALTH_CHECKS": True,
    }
    return named | {"OPTIONS": options | parts}


DATABASES = {
    alias: _database(alias, url)
    for alias in SERVER_ROLES
    if (url := _database_url(alias))
}
DATABASE_ROUTERS: list[str] = []
MIGRATE_DATABASE_URL = _database_url("owner")
ADMIN_DATABASE_URL = (
    _run.database_url("postgres", "postgres")
    if "postgresql" in EMBEDDED_SERVICES and _run
    else env.str("ADMIN_DATABASE_URL", "")
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The bell
REDIS_URL = (
    _run.valkey_url()
    if "valkey" in EMBEDDED_SERVICES and _run
    else env.str("REDIS_URL")
)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_timeout": 2},
    },
    "process": {  # throttles count here while the other does not answer
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    },
}
CELERY_BROKER_URL = env.str(
    "BROKER_URL",
    REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host="),
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"visibility_timeout": 120, "unacked_restore_throttle": 1}
    if CELERY_BROKER_URL.startswith("redis")
    else {}
)
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SOFT_TIME_LIMIT = 90
CELERY_TASK_TIME_LIMIT = 100
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = env.str(
    "BEAT_SCHEDULE_FILE", str(RUN_FOLDER / "beat-schedule")
)
# Receivers may be slow, and an export long: workers of their own never keep contacts waiting.
CELERY_TASK_ROUTES = {
    "webhooks.*": {"queue": "webhooks"},
    "lists.prepare_exports": {"queue": "exports"},
    "targeting.*": {"queue": "facets"},
    "tracers.trace": {"queue": "exports"},
}
# Sweeps ring again for what waits: a lost message loses nothing. Seconds between rings.
CELERY_BEAT_SCHEDULE = {
    task: {"task": task, "schedule": seconds, "options": {"expires": seconds}}
    for task, seconds in {
        "canvass.apply_inbox": 1.0,
        "canvass.run_jobs": 3.0,
        "canvass.sweep_jobs": 3600.0,
        "canvass.keep_days": 3600.0,
        "files.sweep_uploads": 30.0,
        "grants.apply_due": 60.0,
        "imports.run": 3.0,
        "lists.sweep_exports": 30.0,
        "lists.prepare_exports": 10.0,
        "ballots.run": 3.0,
        "scores.run": 3.0,
        "targeting.keep_live": 10.0,
        "targeting.keep_numbers": 30.0,
        "tracers.follow_leads": 10.0,
        "tracers.trace": 5.0,
        "webhooks.deliver": 1.0,
        "webhooks.trim": 3600.0,
    }.items()
}

# Applications
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "coop.embedded",
    "coop.db",
    "coop.ledger",
    "coop.jurisdictions",
    "coop.organizations",
    "coop.grants",
    "states.files",
    "states.voters",
    "states.facets",
    "states.imports",
    "states.targeting",
    "states.tracers",
    "states.lists",
    "states.canvass",
    "states.feeds",
    "states.ballots",
    "states.scores",
    "states.webhooks",
    "coop.console",
    "api",
    "coop.demo",
    "guardian",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]
if find_spec("django_linear_migrations"):  # a developer's check, absent in production
    INSTALLED_APPS.append("django_linear_migrations")
MIDDLEWARE = [
    "coop.request_log.RequestLog",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "coop.urls"
ASGI_APPLICATION = "coop.asgi.application"
WSGI_APPLICATION = "coop.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "coop" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# The API
API_RATES = {
    "read": env.int("READS_PER_MINUTE", 3000),
    "write": env.int("WRITES_PER_MINUTE", 6000),
    "query": env.int("QUERIES_PER_MINUTE", 1200),
    "export": env.int("EXPORTS_PER_MINUTE", 60),
    "sensitive": env.int("SENSITIVE_CALLS_PER_MINUTE", 60),
    "failed_key": env.int("FAILED_KEYS_PER_MINUTE", 30),
}
# So many suppressions of a kind from one source within an hour alarm the state's owner.
SUPPRESSION_BURST = env.int("SUPPRESSION_BURST", 100)
# How much may wait in the inbox, of one organization's and in all; how long its rows are kept.
INBOX_PER_ORGANIZATION = env.int("INBOX_PER_ORGANIZATION", 500_000)
INBOX_MOST = env.int("INBOX_MOST", 5_000_000)
INBOX_DAYS = env.int("INBOX_DAYS", 14)
WEBHOOK_LOG_DAYS = env.int("WEBHOOK_LOG_DAYS", 30)
# What a Prometheus server shows to read the metrics; empty: developers alone may.
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
# Streams of changes that one process holds open, in all and for one organization.
STREAMS_AT_ONCE = env.int("STREAMS_AT_ONCE", 5000)
STREAMS_PER_ORGANIZATION = env.int("STREAMS_PER_ORGANIZATION", 200)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["api.parsers.LimitedJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "api.schema.CoopSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "api.problems.handle_exception",
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Voter File Co-op",
    "DESCRIPTION": "Real-time exchange of voter files in which every state party stays the owner.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "ExportStatusEnum": "states.lists.models.ExportStatus",
        "ContactKindEnum": ["contact", "correction", "retraction"],
        "FieldGroupEnum": [
            *("registration", "demographics", "contact_details"),
            *("vote_history", "ballots", "contacts"),
        ],
        "InboxStatusEnum": ["queued", "applied", "set_aside"],
        "ListKindEnum": "states.lists.models.Kind",
        "OptOutEnum": ["call", "text", "door"],
        "OrganizationKindEnum": "coop.organizations.models.OrganizationKind",
        "PurposeEnum": "coop.jurisdictions.models.Purpose",
        "QuestionStatusEnum": "states.canvass.models.QuestionStatus",
        "SuppressionKindEnum": "states.canvass.models.SuppressionKind",
    },
    "REDOC_DIST": "SIDECAR",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "api.schema.add_problems",
        "api.schema_examples.add_examples",
    ],
}

# People
AUTH_USER_MODEL = "organizations.Person"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "guardian.backends.ObjectPermissionBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
_validation = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_validation}.UserAttributeSimilarityValidator"},
    {"NAME": f"{_validation}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": f"{_validation}.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "account_home"
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_PROXY else 0
ACCOUNT_ADAPTER = "coop.console.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}
MFA_ADAPTER = "coop.console.second_factors.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Voter File Co-op"
GUARDIAN_MONKEY_PATCH_USER = False
ANONYMOUS_USER_NAME = None
GUARDIAN_RAISE_403 = False

# The edge
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https://")
SECURE_HSTS_SECONDS = 31_536_000 if SESSION_COOKIE_SECURE else 0
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
X_FRAME_OPTIONS = "DENY"
LANGUAGE_CODE = "en-us"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_FOLDER", BASE_DIR / "static_root")
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG
# Exports that workers prepare: how many at once in all, how many an organization may have waiting.
EXPORTS_PREPARED_AT_ONCE = env.int("EXPORTS_PREPARED_AT_ONCE", 1)
EXPORTS_WAITING = env.int("EXPORTS_WAITING", 5)
# Uploaded voter files and what is made of them; never served as static files.
STORAGE_FOLDER = (
    env.path("STORAGE_FOLDER", RUN_FOLDER / "storage")
    if DEBUG
    else env.path("STORAGE_FOLDER")
)
# The largest file that may be uploaded, and the most that one may unpack to.
MAX_UPLOAD_BYTES = env.int("MAX_UPLOAD_BYTES", 8 * 1024**3)
MAX_UNPACKED_BYTES = env.int("MAX_UNPACKED_BYTES", 64 * 1024**3)
# Resumable uploads of one state that are open at once, their bytes, and how long each waits.
OPEN_UPLOADS = env.int("OPEN_UPLOADS", 2000)
OPEN_UPLOAD_BYTES = env.int("OPEN_UPLOAD_BYTES", 128 * 1024**3)
UPLOAD_EXPIRES_HOURS = env.int("UPLOAD_EXPIRES_HOURS", 48)
# What each process keeps of bitmaps in memory.
FACET_CACHE_BYTES = env.int("FACET_CACHE_BYTES", 512 * 1024**2)
FILE_UPLOAD_TEMP_DIR = env.str("UPLOAD_FOLDER", "") or None
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
if DEBUG:
    EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
EMAIL_HOST = env.str("EMAIL_HOST", "localhost")
EMAIL_PORT = env.int("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=False)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "coop@example.org")

# Logs: one JSON object a line, or colors in a terminal; never a person's data
LOG_LEVEL = env.log_level("LOG_LEVEL", logging.INFO)
LOG_FORMAT = env.str("LOG_FORMAT", "terminal" if DEBUG else "json")
LOGGING = configured(form=LOG_FORMAT, level=LOG_LEVEL)
