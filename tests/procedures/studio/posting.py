"""What a browser sends when something in a panel is changed."""

from procedures.definitions.models import ProcedureVersion


def changed(panel, **given):
    """The POST of `panel` as its page showed it, with these inputs changed (by name; a list for several)."""
    data = {"_panel": panel.ident, "_revision": str(panel.revision), "_base": panel.base_json}
    for name, raw in panel.base.items():
        data[panel.add_prefix(name)] = raw
    for name, value in given.items():
        data[panel.add_prefix(name)] = value
    return data


def again(draft):
    return ProcedureVersion.objects.select_related("procedure").get(pk=draft.pk)
