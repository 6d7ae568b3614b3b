"""Addresses of the cases of a data collection: /collections/<collection>/cases/."""

from django.urls import path

from collectory.portal.cases.views import lists, many, one

urlpatterns = [
    path("", lists.cases, name="cases"),
    path("list.csv", lists.cases_as_csv, name="cases-csv"),
    path("deadline/", lists.case_deadline, name="case-deadline"),
    path("agree/", many.agree_many, name="agree-many"),
    path("propose/", many.propose_many, name="propose-many"),
    path("<int:case>/", one.case_page, name="case"),
    path("<int:case>/propose/", one.propose, name="case-propose"),
    path("<int:case>/agree/", one.agree, name="case-agree"),
    path("<int:case>/disagree/", one.disagree, name="case-disagree"),
    path("<int:case>/withdraw/", one.withdraw, name="case-withdraw"),
    path("<int:case>/say/", one.say, name="case-say"),
    path("<int:case>/tell/", one.say_as_collector, name="case-tell"),
    path("<int:case>/decide/", one.decide, name="case-decide"),
    path("<int:case>/take-back/", one.revoke, name="case-take-back"),
]
