"""Settings, all of them; what differs between places comes from portal/running/env.py."""

import os
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.urls import reverse_lazy

from portal import timetable
from portal.logs.config import configure_structlog, logging_config
from portal.running import env
from portal.version import VERSION

BASE_DIR = Path(__file__).resolve().parent.parent
ENV = env.read(os.environ, BASE_DIR)

DEBUG = ENV.debug
DEMO = ENV.demo
SECRET_KEY = ENV.secret_key
ALLOWED_HOSTS = list(ENV.allowed_hosts)
SITE_URL = ENV.site_url
CSRF_TRUSTED_ORIGINS = [SITE_URL] if SITE_URL.startswith("https://") else []

INSTALLED_APPS = [
    "portal.apps.PortalConfig",
    "portal.accounts.apps.AccountsConfig",
    "portal.ticks.apps.TicksConfig",
    "ingestion.apps.IngestionConfig",
    "reviews.apps.ReviewsConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
]

MIDDLEWARE = [
    "portal.gate.access_log.AccessLog",
    "portal.gate.bodies.WholeBodies",
    "portal.gate.api_gate.ApiGate",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.gate.caching.NotKept",
    "csp.middleware.CSPMiddleware",
    "portal.gate.script_answers.ScriptAnswers",
    "portal.gate.door.Door",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
if DEMO:
    MIDDLEWARE.insert(0, "portal.demo.waiting.StoryIsBeingTold")

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "portal.shell.nav.nav",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
        },
    }
]

# --- PostgreSQL: the only place where truth is kept ------------------------------------------
DATABASES: dict[str, dict[str, Any]] = {"default": environ.Env.db_url_config(ENV.database_url)}
DATABASES["default"] |= {
    "ENGINE": "django.db.backends.postgresql",
    "CONN_MAX_AGE": 0,
    "CONN_HEALTH_CHECKS": False,
    "ATOMIC_REQUESTS": False,
    "OPTIONS": {
        # Each web thread keeps at most one; the pool opens more only when they are needed.
        "pool": {"min_size": 1, "max_size": 16, "timeout": 10, "max_lifetime": 1800},
        "connect_timeout": 5,
        # The few statements on hot paths bind their values on the server; after this many uses a
        # connection plans them no more. (A pooler in front must know prepared statements.)
        "prepare_threshold": 5,
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis: wakes things up and counts attempts; may be flushed or silent at any time ---------
REDIS_URL = ENV.redis_url
CACHES = {
    "default": {
        "BACKEND": "portal.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": timetable.REDIS_TIMEOUTS,
        "KEY_PREFIX": "plumbline",
    }
}

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_DEFAULT_QUEUE = timetable.DEFAULT_QUEUE
CELERY_TASK_QUEUES = timetable.QUEUES
CELERY_TASK_ROUTES = timetable.ROUTES
CELERY_BEAT_SCHEDULE = timetable.SCHEDULE
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_TIME_LIMIT = 300
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A worker waits for Redis however long it is away; with Celery's 100 tries it ended by itself.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CHANNEL_ERROR_RETRY = True
CELERY_BROKER_TRANSPORT_OPTIONS = timetable.BROKER_OPTIONS
CELERY_TIMEZONE = "UTC"

# --- People -----------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["name", "email"]},
    },
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = reverse_lazy("home")
ACCOUNT_ADAPTER = "portal.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # people come by invitation only
ACCOUNT_MAX_EMAIL_ADDRESSES = 1  # nobody proves a new one, so the one that was invited stays
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no mail to strangers who never heard of us
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "portal.shell.errors.csrf_failure"

# --- Safety -----------------------------------------------------------------------------------
SECURE_COOKIES = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if SECURE_COOKIES else 0  # tells people apart in rate limits
SECURE_SSL_REDIRECT = False  # the proxy in front does it, see docs/operating.md
# For the same reason; and HSTS_PRELOAD is for the owner of the host to say.
SILENCED_SYSTEM_CHECKS = ["security.W008", "security.W021"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE_COOKIES else None
SECURE_HSTS_SECONDS = 31536000 if SECURE_COOKIES else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_COOKIES
SECURE_HSTS_PRELOAD = SECURE_COOKIES and ENV.hsts_preload
METRICS_TOKEN = ENV.metrics_token
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000  # forms; the API has its own limits
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- Mail -------------------------------------------------------------------------------------
vars().update(environ.Env.email_url_config(ENV.email_url))
if vars()["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend":
    EMAIL_BACKEND = "portal.mail.smtp.Backend"
if ENV.demo:
    EMAIL_BACKEND = "portal.mail.rendering.FolderBackend"
MAIL_FOLDER = BASE_DIR / "var" / "mail" / str(DATABASES["default"]["NAME"])
DEFAULT_FROM_EMAIL = ENV.default_from_email
EMAIL_TIMEOUT = 15.0  # seconds for a whole mail, however slowly the server talks

# Only for trying webhooks out on one's own computer; elsewhere they reach public addresses only.
WEBHOOKS_MAY_REACH_LOOPBACK = ENV.demo

# --- Words, time, files -----------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "var" / "static"
WHITENOISE_USE_FINDERS = DEBUG or DEMO  # else `collectstatic` has filled STATIC_ROOT
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or DEMO
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Plumbline API",
    "VERSION": VERSION,
    "DESCRIPTION": "Send conversations, signals, flags and releases.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "POSTPROCESSING_HOOKS": ["portal.shell.api_schema.add_our_endpoints"],
}

# --- Logs: one JSON line an event in production, never secrets nor words of people (portal/logs) --
# Django's server for development tells of each request itself.
LOGGING = logging_config(as_json=not (DEBUG or DEMO), requests=not DEBUG)
configure_structlog()
