"""The one settings file. The environment is read here alone; .env.example lists its variables."""

import re
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

from bootstrap_wrapper import get_bootstrap_dir
from django.utils.csp import CSP

from bookstore_project import connections, environment
from pages.shop import Shop

BASE_DIR = Path(__file__).resolve().parent.parent

# Production is the default.
DEBUG = environment.flag("DEBUG", default=False)
SECRET_KEY = environment.secret_key(
    "SECRET_KEY", default="only-for-development-and-known-to-everybody" if DEBUG else None
)
SITE_URL = environment.site_address("SITE_URL", default="http://127.0.0.1:8000" if DEBUG else None)
ALLOWED_HOSTS = environment.hosts("ALLOWED_HOSTS", default="localhost,127.0.0.1,[::1]" if DEBUG else None)
CSRF_TRUSTED_ORIGINS = environment.origins("CSRF_TRUSTED_ORIGINS")
BEHIND_PROXY = environment.flag("BEHIND_PROXY", default=False)
RATE_LIMITS = environment.flag("RATE_LIMITS", default=True)
# serve.py passes it to gunicorn.
WEB_CONCURRENCY = environment.whole_number("WEB_CONCURRENCY", least=1, default=2)
ADMIN_PATH = environment.web_path("ADMIN_PATH", default="admin/")

# What staff choose in the admin, its name and currency for example; not the environment's business.
SHOP = Shop()

# Applications

INSTALLED_APPS = [
    "django.contrib.admin",
    "users.authentication.apps.RightsConfig",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.forms",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.usersessions",
    "crispy_forms",
    "crispy_bootstrap5",
    "users.mail.apps.MailConfig",
    "users",
    "books",
    "orders",
    "pages",
]

MIDDLEWARE = [
    "bookstore_project.middleware.ResponseHeadersMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "bookstore_project.middleware.RefuseTraceMiddleware",
    "bookstore_project.middleware.HealthMiddleware",
    "bookstore_project.middleware.StaticFilesMiddleware",
    # Before the next one, the first that reads a body.
    "users.requests.bodies.BodyLimitMiddleware",
    "bookstore_project.middleware.RefuseUnstorableTextMiddleware",
    "orders.entered_codes.CodeMiddleware",
    "users.authentication.sessions.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "users.authentication.sessions.SessionLifetimeMiddleware",
    "users.guests.middleware.GuestMiddleware",
    "bookstore_project.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "bookstore_project.middleware.RefuseImpossibleLookupsMiddleware",
    "bookstore_project.middleware.TimeZoneMiddleware",
]

ROOT_URLCONF = "bookstore_project.urls"
WSGI_APPLICATION = "bookstore_project.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "pages.context_processors.shop",
            ],
        },
    },
]

# Also for the widgets of forms, so that those of the admin can be ours.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# Data

DATABASES = {"default": connections.database("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Readers do not wait for a writer, and a second writer waits for the first instead of failing.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }

# In the database, because rate limits must count together in every worker.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        # With Django's 300, requests from many addresses would push out the counters of the rate limits.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

MEDIA_ROOT = Path(environment.text("MEDIA_ROOT", default=str(BASE_DIR / "media")))
MEDIA_URL = "/media/"
# The proxy's internal location of MEDIA_ROOT/private; the proxy then sends the files of books.
X_ACCEL_REDIRECT = environment.internal_location("X_ACCEL_REDIRECT")
# Affects privacy: downloaded copies then contain the reader's e-mail address, wherever they go.
STAMP_DOWNLOADS = environment.flag("STAMP_DOWNLOADS", default=False)
STATIC_ROOT = BASE_DIR / "staticfiles"
STATIC_URL = "/static/"
# Typefaces for reading, each from a package of its name; static/css/typefaces.css names their files.
TYPEFACES = ["crimson_pro", "lora", "bitter", "atkinson_hyperlegible", "lexend"]
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("bootstrap", get_bootstrap_dir()),
    *(("typefaces", files(f"fontpkg_{name}") / "files") for name in TYPEFACES),
]
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
# Pictures and fonts are compressed already; source maps are large, and only developer tools request them.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["avif", "gif", "jpg", "map", "png", "webp", "woff2"]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": MEDIA_ROOT / "public", "base_url": MEDIA_URL},
    },
    # Books: sent by views that check who asks.
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": MEDIA_ROOT / "private", "base_url": None},
    },
    "staticfiles": {
        # The manifest exists once `collectstatic` has run, as it has in the image.
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage",
    },
}

# Accounts

AUTH_USER_MODEL = "users.CustomUser"
# The first also loads permissions. The second only loads guests: it would not hash a wrong password again.
AUTHENTICATION_BACKENDS = [
    "users.authentication.backends.EmailBackend",
    "users.guests.backends.GuestBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "users.authentication.passwords.ShopWordsValidator"},
]
PASSWORD_RESET_TIMEOUT = 60 * 60
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"

SESSION_ENGINE = "users.authentication.sessions"
# docs/accounts.md gives the reasons
SESSION_COOKIE_AGE = 30 * 24 * 60 * 60
SESSION_LONGEST_LIFE = timedelta(days=90)
SESSION_LONGEST_LIFE_OF_STAFF = timedelta(hours=12)
# Guests cannot log in again, so their session is kept for longer, whether they use it or not.
GUEST_SESSION_LIFE = timedelta(days=365)
# What a guest's session hands on to the account that logs in there: the cart (orders/cart/contents.py), the
# wish list (books/reading/wishes.py) and what was typed about a gift (orders/views/giving/wishes.py).
SESSION_KEPT = ["cart", "cart_count", "wishes", "giving"]

# What must end before an account may be erased, in apps that `users` must not import.
BEFORE_ERASURE = ["orders.payments.leaving"]
# What an account gets that a guest had; orders before what they give access to.
MOVED_WITH_A_GUEST = [
    "orders.claiming.moving",
    "orders.cart.moving",
    "books.access.moving",
    "books.reading.moving",
    "users.newsletter.consents",
]

ACCOUNT_ADAPTER = "users.authentication.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "users.forms.LoginForm",
    "signup": "users.forms.SignupForm",
    "add_email": "users.forms.AddEmailForm",
    "change_password": "users.forms.ChangePasswordForm",
    "set_password": "users.forms.SetPasswordForm",
    "reset_password": "users.forms.ResetPasswordForm",
    "reset_password_from_key": "users.forms.ResetPasswordKeyForm",
    "reauthenticate": "users.forms.ReauthenticateForm",
    "confirm_email_verification_code": "users.forms.ConfirmEmailForm",
}
# allauth's own asks the database about known addresses only, and takes longer for them.
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_CONFIRMATION_AUTHENTICATED_REDIRECT_URL = "/accounts/"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 10 * 60
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = 2
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 5 * 60
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
# Counted by network address or by who is logged in, never by the typed e-mail address: guessing at an account
# must not lock its owner out.
ACCOUNT_RATE_LIMITS = RATE_LIMITS and {
    "login": "30/m/ip",
    "login_failed": "10/5m/ip,50/h/ip",
    "signup": "10/m/ip,60/h/ip",
    "confirm_email": "10/m/ip,60/h/ip",
    "reset_password": "10/m/ip,30/h/ip",
    "reset_password_from_key": "20/m/ip",
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
    "manage_email": "10/m/user",
    # A browser's own purchases are limited as every reader's; this counts those of newcomers.
    "buy_as_guest": "20/m/ip,60/h/ip",
    "claim": "20/m/ip",
    # A class may open its links in the same minute, from one school's address.
    "gift": "200/m/ip",
    "find_order": "10/m/ip,30/h/ip",
    "newsletter": "10/m/ip,30/h/ip",
    "report_review": "10/h/user",
    "search_inside": "30/m/ip",
    "search_inside_as_reader": "30/m/user",
    # Whoever reads fast marks a passage every few seconds; each mark takes a search through its chapter.
    "mark": "60/m/user",
    # The first thing in a visitor's cart begins a session, which is a row.
    "cart": "60/m/ip",
    # Codes that do not exist; whoever types one that does is not counted.
    "wrong_code": "10/m/ip,40/h/ip",
    # By guests: orders without a payment cost a program nothing, and each sends a receipt.
    "take_free": "10/m/ip,60/h/ip",
    "wish": "60/m/ip",
    # Each copy is made on request. Enough to download a whole shelf in both formats.
    "stamped_download": "60/h/user",
}

# Mail: queued in the transaction it belongs to, sent by run_worker

MAILERS = {
    "default": {"BACKEND": "bookstore_project.mail.QueueBackend"},
    "transport": connections.mailer(
        "EMAIL_URL", default="consolemail://" if DEBUG else "smtp://localhost:25", debug=DEBUG
    ),
}
# users/mail/queue.py replaces the interval with growing waits, with which 32 retries last a day.
POST_OFFICE = {
    "DEFAULT_MAILER": "transport",
    "MAX_RETRIES": 32,
    "RETRY_INTERVAL": timedelta(hours=1),
    "THREADS_PER_PROCESS": 1,
}
_host = urlsplit(SITE_URL).hostname
# The queue refuses a sender at an IP address or a bare host name, which development machines have.
_mail_host = _host if re.search(r"\.[a-z]+$", _host) else "localhost"
DEFAULT_FROM_EMAIL = environment.sender("DEFAULT_FROM_EMAIL", default=f"books@{_mail_host}")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# Money: docs/going-live.md says how to switch to live mode

STRIPE_LIVE_MODE = environment.live_mode("STRIPE_LIVE_MODE", debug=DEBUG, site_url=SITE_URL)
_active = "LIVE" if STRIPE_LIVE_MODE else "TEST"
_required = None if DEBUG else _active
# The other pair may be missing but not wrong, which nobody would notice before switching modes.
_pairs = {
    _mode: (
        environment.key(
            f"STRIPE_{_mode}_PUBLISHABLE_KEY", kinds=("pk",), mode=_mode, required=_mode == _required
        ),
        environment.key(
            f"STRIPE_{_mode}_SECRET_KEY", kinds=("sk", "rk"), mode=_mode, required=_mode == _required
        ),
    )
    for _mode in ("TEST", "LIVE")
}
STRIPE_PUBLISHABLE_KEY, STRIPE_SECRET_KEY = _pairs[_active]
STRIPE_WEBHOOK_SECRETS = environment.webhook_secrets("STRIPE_WEBHOOK_SECRET")
STRIPE_CHECKOUT = environment.choice("STRIPE_CHECKOUT", options=("token", "session"), default="token")
STRIPE_TOKEN_API = environment.choice(
    "STRIPE_TOKEN_API", options=("payment_intents", "charges"), default="payment_intents"
)
STRIPE_API_BASE = environment.stripe_address(
    "STRIPE_API_BASE", default="https://api.stripe.com", live_mode=STRIPE_LIVE_MODE
)
STRIPE_CHECKOUT_JS_URL = environment.stripe_address(
    "STRIPE_CHECKOUT_JS_URL", default="https://checkout.stripe.com/checkout.js", live_mode=STRIPE_LIVE_MODE
)
# Goes with the API version that the shop uses.
STRIPE_JS_URL = environment.stripe_address(
    "STRIPE_JS_URL", default="https://js.stripe.com/endive/stripe.js", live_mode=STRIPE_LIVE_MODE
)

# Cookies and headers

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
SESSION_COOKIE_NAME = "sessionid" if DEBUG else "__Host-sessionid"
CSRF_COOKIE_NAME = "csrftoken" if DEBUG else "__Host-csrftoken"
CODE_COOKIE_NAME = "code" if DEBUG else "__Host-code"
# Set with the purchase page, for those who may buy without an account: see users/guests/browser.py.
GUEST_COOKIE_NAME = "buyer" if DEBUG else "__Host-buyer"
GUEST_COOKIE_AGE = timedelta(days=30)
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "pages.views.csrf_failure"
SECURE_SSL_REDIRECT = environment.flag("SECURE_SSL_REDIRECT", default=not DEBUG)
SECURE_REDIRECT_EXEMPT = ["^healthz/$", "^readyz/$"]
SECURE_HSTS_SECONDS = 0 if DEBUG else 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEBUG
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
ALLAUTH_TRUSTED_PROXY_COUNT = int(BEHIND_PROXY)

SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],  # Bootstrap draws its icons as data: pictures
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "worker-src": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "object-src": [CSP.NONE],
}

# Language

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"

# Logs go to standard output, with ids and codes but never a token, key, card number or password

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "bookstore_project.logs.LineFormatter",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "filters": {"one_line_for_refusals": {"()": "bookstore_project.logs.OneLineForRefusals"}},
    "handlers": {
        "stdout": {
            "class": "logging.StreamHandler",
            "stream": "ext://sys.stdout",
            "formatter": "line",
            "filters": ["one_line_for_refusals"],
        }
    },
    "root": {
        "handlers": ["stdout"],
        "level": environment.choice(
            "LOG_LEVEL", options=("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"), default="INFO"
        ),
    },
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        # At DEBUG it logs what it sends: card tokens and addresses.
        "stripe": {"level": "WARNING"},
        # At INFO it logs every second that there was nothing to send; without a handler it adds its own.
        "post_office": {"handlers": ["stdout"], "level": "WARNING", "propagate": False},
    },
}
