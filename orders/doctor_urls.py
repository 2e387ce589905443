from django.contrib import admin
from django.urls import path

from orders import doctor_views

urlpatterns = [
    path("", admin.site.admin_view(doctor_views.money_doctor), name="money_doctor"),
    path("examine/", admin.site.admin_view(doctor_views.examine), name="money_doctor_examine"),
    path("repair/", admin.site.admin_view(doctor_views.repair), name="money_doctor_repair"),
]
