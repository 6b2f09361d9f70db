"""What an agency's DNS says of its application."""

from __future__ import annotations

from django.conf import settings

from goodfences.errors import refuse

LABEL = "_goodfences"
SECONDS = 5.0


def record_of(domain: str) -> str:
    """The name of the TXT record that proves `domain`."""
    return f"{LABEL}.{domain}"


def require(domain: str, code: str) -> None:
    """Raises Refused (field `domain`) unless the domain's TXT record says `code`.

    Asks the network: call it outside of any transaction. settings.DNS_RESOLVER names who is asked.
    """
    import dns.exception
    import dns.resolver

    name = record_of(domain)
    resolver = dns.resolver.Resolver(configure=not settings.DNS_RESOLVER)
    resolver.lifetime = SECONDS
    if settings.DNS_RESOLVER:
        host, _colon, port = settings.DNS_RESOLVER.partition(":")
        resolver.nameservers, resolver.port = [host], int(port or 53)
    try:
        answer = resolver.resolve(name, "TXT", search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer) as error:
        message = f"There is no TXT record at {name} yet. New records can take an hour to be seen."
        raise refuse("joining.dns", "domain", message) from error
    except dns.exception.DNSException as error:
        raise refuse("joining.dns", "domain", f"The DNS of {domain} didn't answer. Try again later.") from error
    found = {b"".join(record.strings).decode("ascii", "replace").strip() for record in answer}
    if code not in found:
        raise refuse("joining.dns", "domain", f"The TXT record at {name} says something else. It must say: {code}")
