from spotaction.model.observations import AlarmSample, HealthSample, Observations
from spotaction.model.resources import Alarm, GroupId

GROUP = GroupId("sig-1")


def test_a_poll_that_sees_the_same_prolongs_the_sample() -> None:
    seen = Observations(start=1000.0)
    for now, healthy in ((1005.0, 2), (1010.0, 2), (1015.0, 3), (1020.0, 2)):
        seen.note_health(GROUP, now, healthy, 3)
    assert seen.samples[GROUP] == [
        HealthSample(5.0, 10.0, 2, 3),
        HealthSample(15.0, 15.0, 3, 3),
        HealthSample(20.0, 20.0, 2, 3),
    ]


def test_two_waits_that_require_different_numbers_in_turns_keep_one_sample_each() -> None:
    seen = Observations()
    for now in range(10):
        seen.note_health(GROUP, float(now), 2, 3 if now % 2 else 1)
    assert seen.samples[GROUP] == [HealthSample(0.0, 8.0, 2, 1), HealthSample(1.0, 9.0, 2, 3)]


def test_samples_are_bounded_and_a_dip_among_them_stays() -> None:
    seen = Observations()
    for now in range(10_000):
        seen.note_health(GROUP, float(now), 0 if now == 4_321 else 50 + now % 2, 50)
    kept = seen.samples[GROUP]
    assert len(kept) <= 240
    assert HealthSample(4321.0, 4321.0, 0, 50) in kept
    assert [sample.at for sample in kept] == sorted(sample.at for sample in kept)
    assert kept[-1].until == 9_999.0


def test_an_alarm_has_its_last_state_and_since_when_it_has_fired() -> None:
    seen = Observations(start=100.0)
    for now, state in ((101.0, "OK"), (102.0, "ALARM"), (103.0, "ALARM")):
        seen.note_alarms(now, [Alarm("errors", state, "why")])
    assert seen.alarms == {"errors": AlarmSample("errors", "ALARM", 3.0, "why", fired=2.0)}
    seen.note_alarms(104.0, [Alarm("errors", "OK", "fine")])
    assert seen.alarms == {"errors": AlarmSample("errors", "OK", 4.0, "fine", fired=None)}
