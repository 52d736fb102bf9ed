"""Secrets that are known by their looks: keys of services, private keys, log-ins in links."""

from __future__ import annotations

import re
from collections.abc import Iterator

TOKEN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9][A-Za-z0-9_.~-]{14,}+")
# How the keys of services begin, and how many more signs they have at least.
PREFIXES: dict[str, int] = {
    "sk-": 16, "pk-": 16, "rk-": 16, "sk_": 16, "pk_": 16, "rk_": 16, "plk_": 16, "plk-": 16,
    "whsec_": 16, "ghp_": 16, "gho_": 16, "ghu_": 16, "ghs_": 16, "ghr_": 16, "github_pat_": 16,
    "glpat-": 16, "gldt-": 16, "glrt-": 16, "glcbt-": 16, "glptt-": 16, "glft-": 16, "glimt-": 16,
    "glagent-": 16, "gloas-": 16, "glsoat-": 16, "xoxb-": 10, "xoxp-": 10, "xoxa-": 10,
    "xoxr-": 10, "xoxs-": 10, "xoxe-": 10, "xoxc-": 10, "xoxd-": 10, "xoxe.": 10, "xapp-": 10,
    "xwfp-": 10, "AIza": 30, "GOCSPX-": 16, "ya29.": 16, "npm_": 20, "pypi-": 20, "rubygems_": 20,
    "hf_": 16, "api_org_": 16, "r8_": 20, "gsk_": 20, "pplx-": 20, "xai-": 20, "tvly-": 16,
    "lsv2_": 20, "pcsk_": 20, "nvapi-": 20, "jina_": 20, "SG.": 20, "key-": 32,
    "shpat_": 16, "shpss_": 16, "shpca_": 16, "shppa_": 16, "sq0atp-": 16, "sq0csp-": 16,
    "EAAA": 40, "EAAC": 40, "dop_v1_": 20, "doo_v1_": 20, "dor_v1_": 20, "HRKU-": 20, "dapi": 32,
    "lin_api_": 16, "lin_oauth_": 16, "ntn_": 24, "figd_": 16, "figo_": 16,
    "ATATT3": 20, "ATCTT3": 20, "ATBB": 24, "dp.pt.": 20, "dp.st.": 20, "hvs.": 20, "hvb.": 20,
    "glsa_": 20, "glc_": 20, "eyJrIjoi": 20, "NRAK-": 16, "NRII-": 16, "sntrys_": 20,
    "sntryu_": 20, "phc_": 20, "phx_": 20, "sbp_": 20, "sb_secret_": 12, "pscale_tkn_": 16,
    "pscale_pw_": 16, "fo1_": 20, "FlyV1": 16, "dckr_pat_": 16, "dckr_oat_": 16, "ops_": 40,
    "rzp_live_": 10, "rzp_test_": 10, "EZAK": 40, "EZTK": 40, "AGE-SECRET-KEY-1": 30, "v1.0-": 40,
    "access_token$": 20, "patp_": 20, "pat-": 16, "pat_": 16, "tfp_": 30,
    "pul-": 40, "shippo_live_": 20, "shippo_test_": 20, "PMAK-": 30,
    "duffel_": 30, "frio_": 30, "fmu1-": 30, "fio-u-": 30, "CFPAT-": 30,
    "sl.": 60, "1//0": 30, "sess-": 30,
    "vercel_": 20, "nfp_": 30, "sgp_": 30, "tskey-": 16, "waka_": 30, "bkua_": 30, "CLOJARS_": 40,
}  # fmt: skip
BY_FIRST = tuple(PREFIXES)
# Those without a prefix of their own.
SHAPES = re.compile(
    r"(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA|AGPA|ANPA|APKA)[A-Z0-9]{16}"  # AWS
    r"|(?:AC|SK|AP)[0-9a-f]{32}"  # Twilio
    r"|[0-9a-f]{32}-us[0-9]{1,2}"  # Mailchimp
    r"|[MNO][A-Za-z0-9_-]{22,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{25,45}"  # Discord
    r"|eyJ[A-Za-z0-9_-]{10,}+(?:\.[A-Za-z0-9_-]*+){1,4}"  # JSON Web Tokens
    r"|[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}"  # Azure
    r"|[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{40,}+"  # Terraform
)
WITH_OTHER_SIGNS = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:(?!-----)[\s\S]){0,20000}+(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?"
    r"|(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-nistp[0-9]{3}|sk-ssh-ed25519@openssh\.com) AAAA"
    r"[A-Za-z0-9+/]{20,}+={0,3}"
    r"|(?<![A-Za-z0-9])[0-9]{8,10}:AA[A-Za-z0-9_-]{32,36}(?![A-Za-z0-9_-])"  # Telegram
    r"|(?<![A-Za-z0-9])EA[A-Za-z0-9]{60,}+"  # Meta
    r"|https://(?:hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/|"
    r"(?:discord|discordapp)\.com/api/webhooks/|[a-z0-9.-]{1,60}\.webhook\.office\.com/)"
    r"[A-Za-z0-9@/_-]{10,}+"
)
LOG_IN = re.compile(
    r"(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{1,24}+://"
    r"(?P<log_in>[^\s/@:?#\"'<>]{0,100}+:[^\s/?#\"'<>]{1,300})@(?=[A-Za-z0-9\[])"
)
ALONE = re.compile(r"(?P<head>[A-Za-z][A-Za-z0-9+.-]{1,24}+://)(?P<log_in>[A-Za-z0-9_-]{16,200}+)@")


def _is_key(token: str) -> bool:
    """True for what begins as some service's keys do and has figures, as keys have."""
    if SHAPES.fullmatch(token):
        return True
    if not token.startswith(BY_FIRST):
        return False
    longest = max((one for one in BY_FIRST if token.startswith(one)), key=len)
    rest = token[len(longest) :]
    if len(rest) < PREFIXES[longest] or not any(map(str.isdigit, rest)):
        return False
    return len(rest.split("-")) < 8 or any(map(str.isupper, rest))


def find_tokens(text: str) -> Iterator[tuple[int, int]]:
    """Where secrets are that can be told by themselves."""
    for match in TOKEN.finditer(text):
        token = match.group().rstrip(".~-")
        if token.startswith(("eyJ", "SG")):
            token = match.group().rstrip("~-")
        if _is_key(token):
            yield match.start(), match.start() + len(token)
    for match in WITH_OTHER_SIGNS.finditer(text):
        yield match.span()


def find_log_ins(text: str) -> Iterator[tuple[int, int]]:
    """Where a link holds a name and a password; the rest of it stays."""
    for expression in (LOG_IN, ALONE):
        for match in expression.finditer(text):
            yield match.span("log_in")
