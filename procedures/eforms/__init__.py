"""The form engine: a schema of questions, and what it makes of somebody's answers.

Pure: no ORM, no request, no clock; everything that varies comes in as an argument. From low to high:

    texts        a text in two languages; an option of a choice
    lists        code lists: ethnic groups, nationalities, identity papers, provinces and communes
    expressions  CEL: compiled once, references checked before anything is published
    reading      one mapping read key by key, refusing what nobody asked for
    schema       frozen values: Form → Step → Field → Option, Check
    validators   what a personal ID number, a phone or a tax code has to look like
    journey      which steps and fields apply to these answers, and which of the answers stay
    fields       one answer, from what was typed to JSON and back
    widgets      one input, as HTML
    forms        a step as a Django form
    summary      answers as rows to read

May import: nothing of this project.
"""
