"""What the law says about emotion recognition in classes, in own words: each rule with its date and its source.

This is information, not legal advice. ``tools/legal_page.py`` writes ``docs/legal.md`` from it; the kit has it in every language.
"""

from __future__ import annotations

from dataclasses import dataclass

from aiducation.texts import N_

#: When the rules below were last compared with their sources and with public summaries of them.
CHECKED = "2026-11-28"


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes:
        where: the place whose law it is.
        what: the rule, in own words.
        since: ISO date from which on it holds, or on which it was said.
        source: where it stands.
    """

    where: str
    what: str
    since: str
    source: str


_EU, _UK, _US = N_("European Union"), N_("United Kingdom"), N_("United States")

#: As this project names the regulation.
_AI_ACT = "Regulation (EU) 2024/1689 (AI Act)"
_GDPR = "Regulation (EU) 2016/679 (GDPR)"

RULES: tuple[Rule, ...] = (
    Rule(
        _EU,
        N_(
            "It is prohibited to use an AI system to infer the emotions of people in education institutions or at work, and to "
            "offer one for that. The only exceptions are medical and safety reasons. Consent is not an exception."
        ),
        "2025-02-02",
        f"{_AI_ACT}, Articles 5(1)(f) and 113",
    ),
    Rule(
        _EU,
        N_(
            "The Commission reads this broadly: schools, universities and training of every kind and for every age count, in "
            "rooms and online. It concerns emotions that are inferred from biometric data, such as faces."
        ),
        "2025-07-29",
        "Commission guidelines on prohibited AI practices, C(2025) 5052",
    ),
    Rule(
        _EU,
        N_("The fine for a prohibited use is up to 35 million euros, or 7 % of the worldwide turnover of a year."),
        "2025-08-02",
        f"{_AI_ACT}, Articles 99(3) and 113",
    ),
    Rule(
        _EU,
        N_(
            "Where emotion recognition is allowed, whoever uses it must tell the people who are exposed to it how it works, at "
            "the latest when they are first exposed to it, and must follow the rules of data protection."
        ),
        "2026-08-02",
        f"{_AI_ACT}, Articles 50(3), 50(5) and 113",
    ),
    Rule(
        _EU,
        N_(
            "Where emotion recognition is allowed, it counts as a high-risk system. Most duties that follow from this apply from "
            "2 December 2027 on; before the amendment it was 2 August 2026."
        ),
        "2027-12-02",
        f"{_AI_ACT}, Annex III, point 1(c); Digital Omnibus on AI, approved by the Council on 29 June 2026",
    ),
    Rule(
        _EU,
        N_(
            "AI systems that are made and used for scientific research alone are outside of the AI Act. Using one in ordinary "
            "lessons is not research. Whether a project is research is a question for its ethics committee and its lawyers."
        ),
        "2025-02-02",
        f"{_AI_ACT}, Articles 2(6) and 113",
    ),
    Rule(
        _EU,
        N_(
            "Before processing that is likely to be a high risk for people, such as new technology used on children, an impact "
            "assessment is needed."
        ),
        "2018-05-25",
        f"{_GDPR}, Article 35",
    ),
    Rule(
        _EU,
        N_(
            "The data protection authorities have adopted a template for impact assessments. Its version 1.0 was open for "
            "comments until 9 June 2026; ask your authority whether there is a newer one."
        ),
        "2026-03-10",
        "European Data Protection Board, Template for Data Protection Impact Assessments, version 1.0",
    ),
    Rule(
        _EU,
        N_(
            "Consent counts only if it is freely given, and it can be withdrawn at any time. Between a school and its pupils, or "
            "an employer and its staff, it is often not free, because one side depends on the other."
        ),
        "2018-05-25",
        f"{_GDPR}, Article 7, recitals 42 and 43",
    ),
    Rule(
        _UK,
        N_(
            "The data protection authority warned against technologies that infer emotions: it knew of none that met the "
            "requirements of data protection, and saw a risk of discrimination."
        ),
        "2022-10-26",
        "Information Commissioner’s Office, warning about immature biometric technologies",
    ),
    Rule(
        _US,
        N_(
            "Illinois: private bodies need a written release before they collect a scan of somebody’s face geometry, and a "
            "public schedule for deleting it."
        ),
        "2008-10-03",
        "Biometric Information Privacy Act, 740 ILCS 14/15",
    ),
    Rule(
        _US,
        N_(
            "New York: schools may not buy or use facial recognition. Whether they use other biometric technology is decided "
            "locally, after its benefits were weighed against privacy and rights."
        ),
        "2023-09-27",
        "New York State Education Department, determination on biometric identifying technology in schools",
    ),
)

#: What holds wherever there is no rule in the list.
ELSEWHERE = N_(
    "Many other places have rules for biometric data, for recordings of children and for schools. Ask the data protection "
    "officer or a lawyer of your institution before you begin."
)
ADVICE = N_("This page is information and not legal advice. Laws change: compare it with the sources.")
