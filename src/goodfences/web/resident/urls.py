"""Each module of views brings a list of its own."""

from django.urls import URLPattern, URLResolver

from goodfences.web.resident.views import (
    account,
    alerts,
    asks,
    cameras,
    clips,
    contact,
    cover,
    email_links,
    feed,
    feed_media,
    feed_numbers,
    feed_post,
    feed_write,
    household,
    links,
    moderation,
    moment,
    neighbor_asks,
    neighbor_links,
    neighbor_requests,
    notifications,
    silence_links,
    start,
    today,
    uploads,
    welcome,
    your_data,
    zones,
)

app_name = "resident"

urlpatterns: list[URLPattern | URLResolver] = [
    *welcome.urls,
    *start.urls,
    *today.urls,
    *moment.urls,
    *uploads.urls,
    *clips.urls,
    *cover.urls,
    *cameras.urls,
    *zones.urls,
    *household.urls,
    # Before the asks of agencies, one of which is any reference after `requests/`.
    *neighbor_requests.urls,
    *neighbor_asks.urls,
    *asks.urls,
    *account.urls,
    *your_data.urls,
    *links.urls,
    *contact.urls,
    *notifications.urls,
    *feed.urls,
    *feed_write.urls,
    *feed_numbers.urls,
    *moderation.urls,
    *feed_media.urls,
    # After those: the address of a post is any word behind `neighbors/`.
    *feed_post.urls,
    *alerts.urls,
    # Before the links of asks, one of which is any token after `e/`.
    *silence_links.urls,
    *neighbor_links.urls,
    *email_links.urls,
]
