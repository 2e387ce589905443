from django.contrib import admin
from django.urls import path

from . import views

urlpatterns = [
    path("", admin.site.admin_view(views.money_doctor), name="money_doctor"),
    path("examine/", admin.site.admin_view(views.examine), name="money_doctor_examine"),
    path("repair/", admin.site.admin_view(views.repair), name="money_doctor_repair"),
]
