"""The mail providers that an instance can send by, as data. Read by the settings; imports nothing of Django's.

Only providers whose opening and click trackers can be switched off for each message, or that have none unless
an operator configures them, are in the list (P11).
"""

from __future__ import annotations

from dataclasses import dataclass

WEBHOOK_USER = "goodfences"


@dataclass(frozen=True)
class Provider:
    """One provider as Anymail knows it. `secret` names the option that takes the API key.

    `headers` go with every message: Postmark would replace our Message-ID.
    """

    module: str
    view: str
    secret: str
    tracks: bool = True
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def backend(self) -> str:
        return f"anymail.backends.{self.module}.EmailBackend"

    @property
    def webhook(self) -> str:
        return f"anymail.webhooks.{self.module}.{self.view}"


PROVIDERS = {
    "mailgun": Provider("mailgun", "MailgunTrackingWebhookView", "api_key"),
    "postmark": Provider(
        "postmark", "PostmarkTrackingWebhookView", "server_token", headers=(("X-PM-KeepID", "true"),)
    ),
    # Signs in with AWS_ACCESS_KEY_ID and its like, as every AWS program does.
    "ses": Provider("amazon_ses", "AmazonSESTrackingWebhookView", "", tracks=False),
    "sparkpost": Provider("sparkpost", "SparkPostTrackingWebhookView", "api_key"),
}


def problem(name: str, secret: str) -> str:
    """What is wrong with an operator's choice, naming the variable; empty if nothing is."""
    provider = PROVIDERS.get(name)
    if provider is None:
        return f"GOODFENCES_MAIL_PROVIDER is {name!r}; write one of {', '.join(PROVIDERS)}."
    if provider.secret and not secret:
        return f"GOODFENCES_MAIL_PROVIDER_SECRET is empty; it holds the {provider.secret} of {name}."
    return ""


def webhook_settings(secret: str, signing_key: str) -> dict[str, str]:
    """Anymail's own settings for the webhook: what it must be called with."""
    asked = {"WEBHOOK_SECRET": f"{WEBHOOK_USER}:{secret}"} if secret else {}
    return {**asked, **({"MAILGUN_WEBHOOK_SIGNING_KEY": signing_key} if signing_key else {})}
