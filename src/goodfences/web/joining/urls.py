"""Where an agency applies."""

from django.urls import path

from goodfences.web.joining import views

app_name = "joining"

urlpatterns = [
    path("", views.apply, name="apply"),
    path("renew/<slug:slug>/", views.renew, name="renew"),
    path("prove/<str:token>/", views.prove, name="prove"),
    path("<str:token>/", views.application, name="application"),
    path("<str:token>/agreement.txt", views.statement, name="statement"),
]
