"""Danish words for names that the system has in English: roles, keys, statuses, what erasure does with a table."""

from __future__ import annotations

#: What each role is for (docs/naming.md).
ROLES = {
    "loader": "modtager leverancer; den eneste rolle med adgang til CPR-opslaget",
    "transformer": "danner og offentliggør datavarehuset",
    "bi_reader": "læser det offentliggjorte, alle områder",
    "bi_scoped": "fælles rolle for brugere, der kun ser deres eget område",
    "casework": "læser de personhenførbare lister til sagsbehandling",
    "steward": "følger datakvaliteten",
    "delivery": "udleverer udtræk",
    "operator": "fører tilsyn med driften",
}

#: What the schemas hold.
SCHEMAS = {
    "vault": "CPR-numre som nøglet opslagsværdi og i krypteret form, og den tilfældige personnøgle",
    "landing": "den leverance, der er ved at blive bedømt, uden CPR-numre",
    "raw": "modtagne rækker, leverance for leverance, med personnøgle",
    "work": "mellemregninger og den næste udgave af det offentliggjorte",
    "bi": "det offentliggjorte: dimensioner, fakta, lister og tal",
    "extracts": "udtræk til modtagere",
    "ops": "regnskaber: leverancer, afvisninger, opbygninger, afgørelser",
}

#: Places of retention whose name is not that of a schema, table or folder.
PLACES = {
    "raw of unknown persons": "raw, personer som ingen mentorkilde kender",
    "schemas of past states": "skemaer med tidligere tilstande",
}

#: What each kind of key protects.
KEYS = {
    "lookup": "hvilken person et CPR-nummer er (nøglet opslagsværdi, HMAC)",
    "seal": "de krypterede CPR-numre i databasen",
    "archive": "de opbevarede leverancefiler",
    "signing": "at det, der forlader huset, er husets",
    "receiver": "hvem der er hvem i en modtagers udtræk; én nøgle for hver modtager",
}

STATES = {"coming": "på vej", "current": "i brug", "leaving": "på vej ud", "retired": "udskiftet"}

#: What erasure does with the rows of a person.
ERASED = {
    "deleted": "rækkerne slettes",
    "rebuilt": "dannes igen uden personen",
    "unnamed": "borgerens nøgle tages ud af rækken, der bevares",
}

RESTRICTIONS = {
    "objection": "indsigelse (art. 21)",
    "restriction": "begrænsning af behandling (art. 18)",
    "rectification": "berigtigelse, der afventer en rettet leverance (art. 16)",
    "protected_address": "beskyttet adresse",
}

EVERY = {"day": "hver dag", "week": "hver uge", "month": "hver måned"}
COVERS = {"day": "data til og med en dag", "month": "data til og med en måned"}
