"""The forms of AWS's names: regions, zones, ids, instance types. What is well formed and unknown may simply be new."""

import re

from spotaction.documents.wording import nearest_word

_REGIONS_TEXT = """
af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1
ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1
cn-north-1 cn-northwest-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3
eusc-de-east-1 il-central-1 me-central-1 me-south-1 mx-central-1 sa-east-1 us-east-1 us-east-2 us-gov-east-1
us-gov-west-1 us-west-1 us-west-2
"""
_REGIONS = frozenset(_REGIONS_TEXT.split())
_FAMILIES_TEXT = """
a1 c1 c3 c4 c5 c5a c5ad c5d c5n c6a c6g c6gd c6gn c6i c6id c6in c7a c7g c7gd c7gn c7i c7i-flex c8a c8g c8gb c8gd c8gn
c8i c8i-flex c8ib c8id c8in c8ine c9g c9gd cc1 cc2 cg1 cr1 d2 d3 d3en dl1 dl2q f1 f2 g2 g3 g3s g4ad g4dn g5 g5g g6 g6e
g6f g7 g7e gr6 gr6f h1 hi1 hpc6a hpc6id hpc7a hpc7g hpc8a hs1 i2 i3 i3en i4g i4i i7i i7ie i8g i8ge im4gn inf1 inf2
is4gen m1 m2 m3 m4 m5 m5a m5ad m5d m5dn m5n m5zn m6a m6g m6gd m6i m6id m6idn m6in m7a m7g m7gd m7i m7i-flex m8a m8azn
m8g m8gb m8gd m8gn m8i m8i-flex m8ib m8id m8idb m8idn m8in m8ine m9g m9gd mac-m3ultra mac-m4 mac-m4max mac-m4pro mac1
mac2 mac2-m1ultra mac2-m2 mac2-m2pro p2 p3 p3dn p4d p4de p5 p5e p5en p6-b200 p6-b300 p6e-gb200 r3 r4 r5 r5a r5ad r5b
r5d r5dn r5n r6a r6g r6gd r6i r6id r6idn r6in r7a r7g r7gd r7i r7iz r8a r8g r8gb r8gd r8gn r8i r8i-flex r8ib r8id
r8idb r8idn r8in r9g r9gd t1 t2 t3 t3a t4g t8i trn1 trn1n trn2 trn2u u-12tb1 u-18tb1 u-24tb1 u-3tb1 u-6tb1 u-9tb1
u7i-12tb u7i-6tb u7i-8tb u7ib-12tb u7in-16tb u7in-24tb u7in-32tb u7inh-32tb vt1 x1 x1e x2gd x2idn x2iedn x2iezn x8aedz
x8g x8i z1d
"""
_FAMILIES = frozenset(_FAMILIES_TEXT.split())
_SIDES = "northeast|northwest|southeast|southwest|north|south|east|west|central"
_REGION = re.compile(rf"(?:af|ap|ca|cn|eu|eusc-de|eu-isoe|il|me|mx|sa|us|us-gov|us-iso[bef]?)-(?:{_SIDES})-[1-9]")
_REGION_LIKE = re.compile(r"[a-z]{2,}(?:-[a-z]+)+?-[0-9]+")
_ZONE = re.compile(r"[a-z]{2,}(?:-[a-z]+)+?-[0-9]+(?:-[a-z0-9]+)*?(?:[a-z]|-wlz-[0-9]+)")
_ZONE_ID = re.compile(r"[a-z]{3,5}[0-9](?:-[a-z0-9]+)*-(?:az|wlz)[0-9]+")
_FAMILY = re.compile(r"(?:[a-z]{1,5}[0-9][a-z0-9]*|mac-m[0-9][a-z]*|u-[0-9]+tb1)(?:-[a-z0-9]+)?")
_SIZE = re.compile(r"nano|micro|small|medium|large|xlarge|[1-9][0-9]{0,2}xlarge|metal(?:-[1-9][0-9]{0,2}xl)?")
_KINDS = {
    "sg": "a security group",
    "subnet": "a subnet",
    "vpc": "a VPC",
    "ami": "an AMI",
    "i": "an instance",
    "eni": "a network interface",
    "vol": "a volume",
    "snap": "a snapshot",
    "eipalloc": "an Elastic IP allocation",
}


def is_region(text: str) -> bool:
    """Return whether a text is the name of a region, or could be that of a new one."""
    return text in _REGIONS or _REGION.fullmatch(text) is not None


def is_known_region(text: str) -> bool:
    """Return whether a region is known."""
    return text in _REGIONS


def region_of(zone: str) -> str:
    """Return the region in the name of a zone or local zone; an empty text for a zone id, which has none."""
    match = _REGION_LIKE.match(zone)
    return match[0] if match else ""


def is_zone(text: str) -> bool:
    """Return whether a text has the form of an availability, local or Wavelength zone, or of a zone's id."""
    return _ZONE.fullmatch(text) is not None or _ZONE_ID.fullmatch(text) is not None


def nearest_region(text: str) -> str:
    """Return a hint with the known region that was most likely meant."""
    swapped = [each for each in sorted(_REGIONS) if sorted(each) == sorted(text)]
    close = next(iter(swapped), "") or nearest_word(text.lower(), sorted(_REGIONS))
    return f"did you mean '{close}'?" if close else "for example us-east-1"


def is_instance_type(text: str) -> bool:
    """Return whether a text has the form of an instance type, such as m5.large."""
    family, dot, size = text.partition(".")
    return bool(dot and _FAMILY.fullmatch(family) and _SIZE.fullmatch(size))


def is_known_family(instance_type: str) -> bool:
    """Return whether the family of an instance type is known."""
    return instance_type.partition(".")[0] in _FAMILIES


def kind_of_id(prefix: str) -> str:
    """Return what has ids with a prefix such as `sg`, with its article; an empty text for an unknown prefix."""
    return _KINDS.get(prefix, "")


def has_id_form(text: str, prefix: str) -> bool:
    """Return whether a text is an id with this prefix."""
    return re.fullmatch(rf"{prefix}-[0-9A-Za-z]+(?:-[0-9A-Za-z]+)*", text) is not None
