"""The form engine: a schema of questions, and what it makes of somebody's answers.

Pure: no ORM, no request, no clock; everything that varies comes in as an argument. From low to high:

    texts        a text in two languages; an option of a choice
    lists        code lists: ethnic groups, nationalities, identity papers, provinces and communes
    expressions  CEL: compiled once, references checked before anything is published
    trees        conditions as rows that people build, and the CEL that they write
    parsing      CEL → rows, for as much of CEL as rows can say
    questions    frozen values: Form → Step → Field → Option, Check
    reading      one mapping read key by key, refusing what nobody asked for
    soundness    what must be true of a field, and of a form, as a whole
    schema       YAML/JSON ↔ questions; the door for whoever needs a form
    subjects     what conditions can look at, by name, in forms and in half-finished drafts
    wording      a condition as one sentence
    conditions   the door to these four
    values       the JSON shapes of answers
    checks       which checks fail, and where that is to be said
    journey      which steps and fields apply to these answers, and which of the answers stay
    summary      answers as rows to read
    validators   what a personal ID number, a phone or a date has to look like
    entries      one question as it stands on a page
    lines        ┐
    choosing     ├ controls: from what was typed to an answer, and back
    controls     ┘
    sheets       one pass over the questions of a page
    actions      buttons inside a step: one more row, one row or file less
    widgets      one input as HTML
    markup       a step's questions as HTML
    forms        a step as a Django form; the door for views

May import: the ground's words and icons (portal.words, portal.templatetags.mc), nothing else of this project.
"""
