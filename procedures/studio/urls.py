from django.urls import URLPattern, path, register_converter

from procedures.studio import (
    beside,
    editor,
    exchange,
    fees,
    form,
    groups,
    information,
    outcome,
    overview,
    papers,
    preview,
    processing,
    release,
    routing,
    rules,
    sections,
    shared,
    texts,
)

# The sections of the editor; `form` registers its own.
sections.PAGES.update(
    information=information.information,
    papers=papers.papers,
    fees=fees.fees,
    processing=processing.processing,
    result=outcome.result,
    messages=texts.messages,
    languages=texts.languages,
)
register_converter(sections.SectionConverter, "section")

app_name = "studio"
urlpatterns: list[URLPattern] = [
    path("thu-tuc/", overview.procedures, name="list"),
    path("thu-tuc/moi/", overview.new, name="new"),
    path("thu-tuc/nhap/", exchange.bring, name="import"),
    path("thu-tuc/<code>/", overview.procedure, name="procedure"),
    path("thu-tuc/<code>/so-sanh/<int:old>/<int:new>/", overview.compare, name="compare"),
    path("thu-tuc/<code>/ban/<int:number>/chep/", overview.copy, name="copy"),
    path("thu-tuc/<code>/ban/<int:number>/tai-ve/", overview.export, name="export"),
    path("thu-tuc/<code>/cong-bo/", release.publish, name="publish"),
    path("thu-tuc/<code>/cong-bo/huy/", release.unschedule, name="unschedule"),
    path("thu-tuc/<code>/bo-nhap/", release.discard, name="discard"),
    path("thu-tuc/<code>/ngung/", release.retire, name="retire"),
    path("thu-tuc/<code>/sua/", editor.edit, name="edit"),
    path("thu-tuc/<code>/sua/thay-doi/", editor.change, name="change"),
    path("thu-tuc/<code>/sua/hoan-tac/", editor.undo, name="undo"),
    path("thu-tuc/<code>/sua/lam-lai/", editor.redo, name="redo"),
    path("thu-tuc/<code>/sua/bieu-mau/phan/", form.step, name="step"),
    path("thu-tuc/<code>/sua/bieu-mau/cau/", form.field, name="field"),
    path("thu-tuc/<code>/sua/bieu-mau/them/", form.add, name="add"),
    path("thu-tuc/<code>/sua/<section:section>/", editor.section, name="section"),
    path("thu-tuc/<code>/viec-con-lai/", beside.tasks, name="tasks"),
    path("thu-tuc/<code>/xem-thu/", preview.preview, name="preview"),
    path("thu-tuc/<code>/duong-di/", routing.routing, name="routing"),
    path("thu-tuc/<code>/dieu-kien/", rules.condition, name="condition"),
    path("nhom-truong/", groups.index, name="groups"),
    path("nhom-truong/moi/", groups.new, name="group_new"),
    path("nhom-truong/<key>/", groups.group, name="group"),
    path("danh-muc/", shared.code_list_index, name="code_lists"),
    path("danh-muc/<key>/", shared.code_list, name="code_list"),
    path("danh-muc/<key>/sua/", shared.code_list_edit, name="code_list_edit"),
]
