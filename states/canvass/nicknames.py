"""Given names that stand for each other, and how addresses are written: what comparing people needs to know."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Final

_GROUPS: Final = """
ABIGAIL ABBY GAIL; ALBERT AL BERT; ALEXANDER ALEX XANDER; ALEXANDRA ALEX SANDRA LEXI; ALFRED AL FRED;
AMANDA MANDY; ANDREW ANDY DREW; ANTHONY TONY; ANTONIO TONY TONO; BARBARA BARB BARBIE; BENJAMIN BEN BENNY BENJI;
BRADLEY BRAD; CAROLYN CAROL CARRIE; CATHERINE KATHERINE KATHLEEN KATE CATHY KATHY KATIE KIT; CHARLES CHARLIE CHUCK;
CHRISTINE CHRISTINA CHRIS TINA CHRISSY; CHRISTOPHER CHRIS KIT; CLIFFORD CLIFF; CYNTHIA CINDY; DANIEL DAN DANNY;
DAVID DAVE DAVEY; DEBORAH DEBRA DEB DEBBIE; DONALD DON DONNIE; DOROTHY DOT DOTTIE; DOUGLAS DOUG; EDWARD ED EDDIE TED NED;
ELEANOR ELLIE NELL; ELIZABETH LIZ BETH BETTY BETSY ELIZA LIZZIE LIBBY; EMILY EM EMMY; ERNEST ERNIE; EUGENE GENE;
EVELYN EVE EVIE; FRANCES FRAN FRANNY; FRANCIS FRANK; FRANCISCO PACO PANCHO FRANK; FRANKLIN FRANK; FREDERICK FRED FREDDY;
GABRIEL GABE; GERALD JERRY GERRY; GREGORY GREG; GUADALUPE LUPE; HAROLD HAL HARRY; HENRY HANK HARRY; IGNACIO NACHO;
ISABEL BELLA ISA; JACOB JAKE; JACQUELINE JACKIE; JAMES JIM JIMMY JAMIE; JANET JAN; JEFFREY JEFF; JENNIFER JEN JENNY;
JEREMY JERRY; JEROME JERRY; JESSICA JESS JESSIE; JESUS CHUY; JOHN JACK JOHNNY JON; JONATHAN JON JONNY; JOSE PEPE JOE;
JOSEPH JOE JOEY; JOSHUA JOSH; JUDITH JUDY; KENNETH KEN KENNY; KIMBERLY KIM; LAURA LAURIE; LAWRENCE LARRY; LEONARD LEN LENNY;
LEONARDO LEO; LILLIAN LILY; LOUIS LOU; MARGARET MEG PEG PEGGY MAGGIE MARGE RITA; MARIA MARY; MARTHA MARTY; MARTIN MARTY;
MATTHEW MATT; MEGAN MEG; MELISSA MISSY; MICHAEL MIKE MICKEY; MICHELLE SHELLY; MILDRED MILLIE; NANCY NAN; NATHAN NATE;
NATHANIEL NATE NAT; NICHOLAS NICK NICKY; NICOLE NIKKI; OLIVIA LIV; PAMELA PAM; PATRICIA PAT PATTY TRISH TRICIA;
PATRICK PAT PADDY; PETER PETE; PHILLIP PHILIP PHIL; RACHEL RAE; RAYMOND RAY; REBECCA BECKY BECCA; RICHARD RICK RICH DICK RICKY;
ROBERT ROB BOB BOBBY ROBBIE; RONALD RON RONNIE; RUSSELL RUSS; SAMANTHA SAM; SAMUEL SAM SAMMY; SANDRA SANDY; SARAH SALLY SARA;
STEPHANIE STEPH; STEPHEN STEVEN STEVE; SUSAN SUE SUZY; TERESA THERESA TERRY TESS; TERENCE TERRY; THEODORE TED TEDDY THEO;
THOMAS TOM TOMMY; TIMOTHY TIM TIMMY; TYLER TY; VICTORIA VICKY TORI; VINCENT VINCE VINNIE; VIRGINIA GINNY; WALTER WALT;
WILLIAM BILL BILLY WILL WILLIE LIAM; ZACHARY ZACH ZACK
"""


def _by_name() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for group in _GROUPS.split(";"):
        names = group.split()
        for name in names:
            found[name] |= set(names)
    return {name: frozenset(others) for name, others in found.items()}


NICKNAMES: Final = _by_name()
"""A given name → those that the same person may go by, itself among them."""

_ABBREVIATIONS: Final = {
    "ALLEY": "ALY",
    "APARTMENT": "APT",
    "AVENUE": "AVE",
    "AV": "AVE",
    "BOULEVARD": "BLVD",
    "CIRCLE": "CIR",
    "COURT": "CT",
    "DRIVE": "DR",
    "EAST": "E",
    "HIGHWAY": "HWY",
    "LANE": "LN",
    "NORTH": "N",
    "NORTHEAST": "NE",
    "NORTHWEST": "NW",
    "PARKWAY": "PKWY",
    "PLACE": "PL",
    "ROAD": "RD",
    "SAINT": "ST",
    "SOUTH": "S",
    "SOUTHEAST": "SE",
    "SOUTHWEST": "SW",
    "SQUARE": "SQ",
    "STREET": "ST",
    "TERRACE": "TER",
    "TRAIL": "TRL",
    "WEST": "W",
}
_DIRECTIONS: Final = frozenset({"N", "S", "E", "W", "NE", "NW", "SE", "SW"})
_UNITS: Final = re.compile(r"\s(?:APT|UNIT|STE|SUITE|LOT|FL|RM|TRLR|#)\s*\S*$")
_NOT_NAME: Final = re.compile(r"[^A-Z0-9 ]")


def plain_address(given: str) -> str:
    """Return a street address in capitals, abbreviated as the mail does, without its unit."""
    words = _NOT_NAME.sub(" ", given.upper().replace("#", " APT ")).split()
    joined = " ".join(_ABBREVIATIONS.get(word, word) for word in words)
    return _UNITS.sub("", joined)


def address_start(given: str) -> str | None:
    """Return house number and the street's first letters, by which addresses are looked up."""
    number, *rest = plain_address(given).split() or [""]
    while rest and rest[0] in _DIRECTIONS and len(rest) > 1:
        rest = rest[1:]
    if not number[:1].isdigit() or not rest:
        return None
    return f"{number} {rest[0][:3]}"


def plain_name(given: str | None) -> str:
    """Return a name in capitals, without hyphens, apostrophes and spaces; '' for none."""
    return _NOT_NAME.sub("", (given or "").upper()).replace(" ", "")
