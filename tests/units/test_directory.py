"""The directory: who stands at a rung, who is found, and what is refused."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.escalation.policy import Policy
from bot.files import BadFile
from bot.files import load as load_file
from bot.people.directory import SHOWN, Directory, fold
from bot.people.entries import PLATFORMS, Channel, Entry
from bot.people.source import load
from tests.units.cases import standing_in

CONTENT = Path(__file__).parents[2] / "content"
EXAMPLE = CONTENT / "directories" / "example.yaml"
TEXT = EXAMPLE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def town() -> Directory:
    """Little Wickering, the example."""
    return load(EXAMPLE, PLATFORMS)


def name(entry: Entry | None) -> str:
    return entry.name if entry else "nobody"


def standing(
    directory: Directory, post: str, agency: str, whose: str, not_these: frozenset[str] = frozenset()
) -> Entry | None:
    """Who is on duty at the post on an ordinary Monday."""
    found = standing_in(directory).duty.standing(post, agency, whose, not_these)
    return found.entry if found else None


def names(entries: tuple[Entry, ...]) -> list[str]:
    return [entry.name for entry in entries]


# Who stands where


def test_every_rung_of_the_example_ladder_is_held_in_every_agency(town: Directory) -> None:
    """Whoever raises a case with whichever agency, someone of each side is messaged at each stage."""
    policy = load_file(CONTENT / "policies" / "example.yaml", Policy)
    raisers = [entry for entry in town.people if entry.agency != "partnership"]
    for raiser in raisers:
        for stage in policy.stages:
            for post in stage.raising:
                assert standing(town, post, raiser.agency, raiser.id), (raiser.id, stage.number)
    for agency in {raiser.agency for raiser in raisers}:
        for stage in policy.stages:
            for post in stage.receiving:
                assert standing(town, post, agency, ""), (agency, stage.number)


def test_every_agency_of_the_example_has_a_safeguarding_lead(town: Directory) -> None:
    """Nobody in Little Wickering works where no lead can be asked."""
    assert all(town.lead(agency.id) for agency in town.agencies)
    assert name(town.lead("health")) == "Ruth Fennimore"
    assert town.lead("nowhere") is None


def test_the_example_is_plainly_fictional(town: Directory) -> None:
    """Its addresses and phone numbers lead to nobody."""
    assert all(entry.email.endswith(".example") for entry in town.people)
    assert all(re.fullmatch(r"01632 960\d{3}|07700 900\d{3}", entry.phone) for entry in town.people)


def test_the_line_manager_is_the_person_s_own(town: Directory) -> None:
    """For whoever raised the case, it is their own line manager who stands on the first rung."""
    assert name(standing(town, "line_manager", "health", "jo")) == "Priya Okafor"
    assert name(standing(town, "line_manager", "health", "priya")) == "Dana Birch"


def test_without_a_line_manager_of_their_own_it_is_the_post_s_holder(town: Directory) -> None:
    """Someone with no line manager, or with one who is involved, gets whoever holds that post."""
    assert name(standing(town, "line_manager", "health", "ines")) == "Priya Okafor"
    assert name(standing(town, "line_manager", "health", "")) == "Priya Okafor"
    assert name(standing(town, "line_manager", "health", "jo", frozenset({"priya"}))) == "Dana Birch"


def test_whoever_is_involved_is_routed_around(town: Directory) -> None:
    """The first deputy who is not involved stands in, and nobody does if all are."""
    assert name(standing(town, "team_manager", "social_care", "jo")) == "Helen Castle"
    assert name(standing(town, "team_manager", "social_care", "jo", frozenset({"helen"}))) == "Leo Ashby"
    assert standing(town, "team_manager", "social_care", "jo", frozenset({"helen", "leo"})) is None


def test_a_rung_may_belong_to_another_agency(town: Directory) -> None:
    """The chair of the partnership stands above every agency."""
    assert name(standing(town, "partnership/independent_chair", "health", "jo")) == "Viv Sandiford"
    assert name(standing(town, "partnership/line_manager", "health", "jo")) == "nobody"


def test_a_post_that_nobody_holds_has_nobody(town: Directory) -> None:
    """An unknown post or agency is nobody's, and no error."""
    assert town.holder("night_manager", "health") is None
    assert town.holder("team_manager", "nowhere") is None
    assert town.channel("team_manager", "health") is None


def test_a_post_may_have_a_channel(tmp_path: Path) -> None:
    """A channel to nudge in is kept with its platform, for the agency's own posts and for others'."""
    text = TEXT.replace(
        "    holder: viv\n", "    holder: viv\n    channel: {platform: teams, id: '19:abc@thread.tacv2'}\n"
    )
    directory = load(written(tmp_path, text), PLATFORMS)
    channel = Channel(platform="teams", id="19:abc@thread.tacv2")
    assert directory.channel("partnership/independent_chair", "health") == channel
    assert directory.channel("independent_chair", "partnership") == channel


# Who is who


def test_a_person_is_known_by_id_and_by_e_mail(town: Directory) -> None:
    """Capitals and stray spaces in an address do not make it another person's."""
    jo = town.person("jo")
    assert name(jo) == "Jo Marsh"
    assert town.by_email(" JO.Marsh@Health.Little-Wickering.EXAMPLE ") == jo
    assert town.by_email("jo.marsh@elsewhere.example") is None
    assert town.by_email("") is None
    assert town.person("nobody") is None


def test_colleagues_are_the_others_of_the_agency(town: Directory) -> None:
    """A case is handed over within the agency, and never to oneself."""
    assert names(town.colleagues("helen")) == [
        "Grace Holloway",
        "Leo Ashby",
        "Marek Tull",
        "Noor Lindley",
        "Tom Wetherell",
        "Wren Sallow",
    ]
    assert town.colleagues("nobody") == ()


# Searching


def test_people_are_found_by_parts_of_name_role_or_agency(town: Directory) -> None:
    """All words must be there, in any order, and a part of each is enough."""
    assert names(town.search("mar")) == [
        "Jo Marsh",
        "Marek Tull",
        "Bram Teasel",
        "Edith Quince",
        "Mina Sorrel",
        "Owen Larkspur",
    ]
    assert names(town.search("visitor")) == ["Jo Marsh", "Kit Rowan"]
    assert names(town.search("care MANAGER team")) == ["Helen Castle", "Leo Ashby"]
    assert town.search("zebra") == ()


def test_those_found_by_name_come_first(town: Directory) -> None:
    """Whoever types a name sees that person above those in whose agency or role it occurs."""
    found = names(town.search("l"))
    assert set(found[:3]) == {"Leo Ashby", "Noor Lindley", "Owen Larkspur"}
    assert len(found) == min(SHOWN, len(town.people))


def test_a_search_stays_in_its_scope(town: Directory) -> None:
    """An agency, or somebody's colleagues: nobody else is found, and nobody at all in an unknown scope."""
    assert names(town.search("lead", "agency:health")) == ["Ines Calder", "Priya Okafor", "Ruth Fennimore"]
    assert names(town.search("manager", "colleagues:helen")) == ["Leo Ashby", "Tom Wetherell"]
    assert len(town.search("", "all")) == min(SHOWN, len(town.people))
    assert town.search("", "agency:nowhere") == ()
    assert town.search("", "colleagues:nobody") == ()
    assert town.search("", "everything") == ()


def test_accents_do_not_hide_anybody(tmp_path: Path) -> None:
    """A name is found with or without its accents, and by letters that are no accents too."""
    directory = load(written(tmp_path, TEXT.replace("Zoe Hawthorn", "Zoë Łucja Sørensen")), PLATFORMS)
    for words in ("zoe", "ZOË", "lucja", "sorensen", "Sørensen"):
        assert names(directory.search(words)) == ["Zoë Łucja Sørensen"]


def test_a_search_gives_no_more_than_can_be_shown() -> None:
    """Of a large agency, the first by name are given."""
    everybody = [
        {
            "id": f"p{i}",
            "name": f"Person {i:03}",
            "email": f"p{i}@large.example",
            "ways": "slack",
            "agency": "a",
            "role": "Nurse",
        }
        for i in reversed(range(300))
    ]
    directory = Directory.model_validate(
        {
            "agencies": [{"id": "a", "name": "Large"}],
            "people": everybody,
            "posts": [{"agency": "a", "post": "team_manager", "holder": "p1"}],
            "safeguarding_leads": {},
            "coordinator": "p2",
        }
    )
    assert names(directory.search("nurse")) == [f"Person {i:03}" for i in range(SHOWN)]


@given(
    st.text(max_size=300),
    st.one_of(st.sampled_from(["all", "agency:health", "colleagues:jo"]), st.text(max_size=20)),
)
def test_any_search_has_an_answer(town: Directory, words: str, scope: str) -> None:
    """Whatever is typed, the people found have it in name, role or agency."""
    for entry in town.search(words, scope):
        agency = town.agency(entry.agency)
        assert agency is not None
        assert all(
            word in fold(f"{entry.name} {entry.role} {agency.name}") for word in fold(words[:200]).split()
        )


# What is refused


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "directory.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "    agency: school\n",
            "    agency: schol\n",
            "agency: There is no agency “schol”. Did you mean “school”?",
        ),
        (
            "line_manager: priya",
            "line_manager: prya",
            "line_manager: There is no person “prya”. Did you mean “priya”?",
        ),
        ("holder: tom", "holder: tomm", "holder: There is no person “tomm”. Did you mean “tom”?"),
        ("deputies: [leo]", "deputies: [lea]", "deputies: There is no person “lea”. Did you mean “leo”?"),
        ("  health: ruth", "  helth: ruth", "helth: There is no agency “helth”. Did you mean “health”?"),
        ("  health: ruth", "  health: rut", "health: There is no person “rut”. Did you mean “ruth”?"),
        ("coordinator: sam", "coordinator: sm", "coordinator: There is no person “sm”. Did you mean “sam”?"),
        (
            "  - agency: school\n",
            "  - agency: skool\n",
            "agency: There is no agency “skool”. Did you mean “school”?",
        ),
        ("id: kit", "id: jo", "id: “jo” stands here twice. Keep one of the two."),
        (
            "email: kit.rowan@health",
            "email: Jo.Marsh@health",
            "email: “jo.marsh@health.little-wickering.example” stands here twice. Keep one of the two.",
        ),
        (
            "    post: team_manager\n    holder: priya",
            "    post: line_manager\n    holder: priya",
            "post: “health/line_manager” stands here twice. Keep one of the two.",
        ),
        (
            "    line_manager: priya",
            "    line_manager: jo",
            "line_manager: Jo Marsh is their own line manager. Name somebody else, or leave it out.",
        ),
        (
            "deputies: [leo]",
            "deputies: [helen]",
            "deputies: “helen” already stands at this post. Name each person once.",
        ),
        (
            "deputies: [leo]",
            "deputies: [leo, leo]",
            "deputies: “leo” already stands at this post. Name each person once.",
        ),
        (
            "ways: slack\n",
            "ways: slak\n",
            "ways: “slak” is no platform that Braver knows. Did you mean “slack”?",
        ),
        (
            "holder: viv",
            "channel: {platform: team, id: x}\n    holder: viv",
            "platform: “team” is no platform that Braver knows. Did you mean “teams”?",
        ),
        (
            "email: jo.marsh@",
            "email: jo.marsh at ",
            "email: “jo.marsh at health.little-wickering.exa…” is not an e-mail address. "
            "Write one such as “jo@health.example”.",
        ),
        (
            "phone: 07700 900101",
            "phone: ask Kit",
            "phone: “ask Kit” is not a phone number. "
            "Write digits and spaces, as in “01632 960123” or “01632 960123 ext 4”, or leave it out.",
        ),
        (
            "phone: 07700 900101",
            "phone: 7700900101",
            "phone: “7700900101” has lost the 0 that it begins with. "
            "Write it with the 0 (in a spreadsheet, format the column as text).",
        ),
        (
            "    line_manager: priya",
            "    manager: priya",
            "“manager” has no meaning here. Did you mean “line_manager”?",
        ),
        (
            "post: independent_chair",
            "post: Independent chair",
            "post: “Independent chair” can't be used as a short name. "
            "Write small letters, digits, “_” and “-” only, beginning with a letter: “team_manager”.",
        ),
    ],
)
def test_a_mistake_in_the_directory_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    """A person, post or reference that is wrong is told where it stands, with the nearest that is right."""
    text = TEXT.replace(old, new, 1)
    assert text != TEXT
    with pytest.raises(BadFile) as caught:
        load(written(tmp_path, text), PLATFORMS)
    (problem,) = caught.value.problems
    first = next(
        i for i, (a, b) in enumerate(zip(TEXT.splitlines(), text.splitlines(), strict=False), 1) if a != b
    )
    what = re.sub(r" \(See line \d+ too\.\)", "", problem.what)
    assert f"{what} {problem.remedy}" == told
    assert problem.line == first


def test_what_stands_twice_is_told_with_both_lines(tmp_path: Path) -> None:
    """Whoever mends the file sees where the other one is."""
    with pytest.raises(BadFile) as caught:
        load(written(tmp_path, TEXT.replace("id: kit", "id: jo", 1)), PLATFORMS)
    [problem] = caught.value.problems
    lines = TEXT.splitlines()
    assert problem.line == lines.index("  - id: kit") + 1
    assert f"(See line {lines.index('  - id: jo') + 1} too.)" in problem.what


@pytest.mark.parametrize(
    "phone", ["01632 960123", "+44 1632 960123", "(01632) 960-123", "01632 960123 ext 4", "60123", ""]
)
def test_phone_numbers_are_taken_as_people_write_them(tmp_path: Path, phone: str) -> None:
    """Numbers of other countries, extensions and internal numbers are numbers too."""
    text = TEXT.replace("phone: 07700 900101", f'phone: "{phone}"', 1)
    jo = load(written(tmp_path, text), PLATFORMS).person("jo")
    assert jo is not None
    assert jo.phone == phone
