from django.urls import URLPattern, path, register_converter

from procedures.studio import editor, form, preview, routing, rules, sections

register_converter(sections.SectionConverter, "section")

app_name = "studio"
urlpatterns: list[URLPattern] = [
    path("thu-tuc/<code>/sua/", editor.edit, name="edit"),
    path("thu-tuc/<code>/sua/thay-doi/", editor.change, name="change"),
    path("thu-tuc/<code>/sua/hoan-tac/", editor.undo, name="undo"),
    path("thu-tuc/<code>/sua/lam-lai/", editor.redo, name="redo"),
    path("thu-tuc/<code>/sua/bieu-mau/phan/", form.step, name="step"),
    path("thu-tuc/<code>/sua/bieu-mau/cau/", form.field, name="field"),
    path("thu-tuc/<code>/sua/bieu-mau/them/", form.add, name="add"),
    path("thu-tuc/<code>/sua/<section:section>/", editor.section, name="section"),
    path("thu-tuc/<code>/xem-thu/", preview.preview, name="preview"),
    path("thu-tuc/<code>/duong-di/", routing.routing, name="routing"),
    path("thu-tuc/<code>/dieu-kien/", rules.condition, name="condition"),
]
