"""Addresses of plans, timetable, changes, substitutions, lists and hours."""

from django.urls import path

from teaching.views import plan_edit, plans, programmes

urlpatterns = [
    path("plans/", plans.plans, name="plans"),
    path("plans/decide/", plans.plans_decide, name="plans_decide"),
    path("plans/new/<int:workload_id>/", plans.plan_new, name="plan_new"),
    path("plans/<int:plan_id>/", plans.plan, name="plan"),
    path("plans/<int:plan_id>/submit/", plans.plan_submit, name="plan_submit"),
    path("plans/<int:plan_id>/decide/", plans.plan_decide, name="plan_decide"),
    path("plans/<int:plan_id>/journals/", plans.plan_journals, name="plan_journals"),
    path("plans/<int:plan_id>/edit/", plan_edit.plan_edit, name="plan_edit"),
    path("plans/<int:plan_id>/import/", plan_edit.plan_import, name="plan_import"),
    path("plans/<int:plan_id>/copy/", plan_edit.plan_copy, name="plan_copy"),
    path("plans/<int:plan_id>/plan.xlsx", plan_edit.plan_export, name="plan_export"),
    path("programmes/new/<int:workload_id>/", programmes.programme_new, name="programme_new"),
    path("programmes/<int:programme_id>/", programmes.programme, name="programme"),
    path("programmes/<int:programme_id>/edit/", programmes.programme_edit, name="programme_edit"),
    path("programmes/<int:programme_id>/decide/", programmes.programme_decide, name="programme_decide"),
    path("programmes/<int:programme_id>/file/", programmes.programme_file, name="programme_file"),
]
