package trend

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

// at is the moment so many days after the streams begin, a little past midnight.
func at(days int) time.Time { return monday.AddDate(0, 0, days).Add(5 * time.Minute) }

// verdictOf is one of the three.
func verdictOf(s Series, now time.Time, m Metric) Verdict {
	for _, v := range Judge(s.until(now), now) {
		if v.Metric == m {
			return v
		}
	}
	return Verdict{}
}

// firstAlarm is the first day after which a metric is in alarm, or -1.
func firstAlarm(s Series, m Metric, from, days int) int {
	for d := from; d <= days; d++ {
		if verdictOf(s, at(d), m).State == Alarm {
			return d
		}
	}
	return -1
}

// TestStreams is the promise of a trend detector: streams of 60 days without a shift stay silent, and one with a shift
// does not. By the limits' run lengths not all can: of sixty such streams eleven had an alarm, of sixty whose days
// differ by chance alone five. These ten are the first ten.
func TestStreams(t *testing.T) {
	t.Parallel()
	for seed := range uint64(10) {
		s := newWorld(100+seed, 40, 0.02).stream(60, 60, none)
		for d := range 61 {
			for _, v := range Judge(s.until(at(d)), at(d)) {
				if v.State == Alarm {
					t.Errorf("stream %d without a shift: on day %d %+v", seed, d, v)
				}
				if want := min(d, longestBaseline); v.State == Learning && d > shortestBaseline+1 || v.Days > want {
					t.Errorf("stream %d: on day %d still learning, or %d days of baseline: %+v", seed, d, v.Days, v)
				}
			}
		}
	}
	for _, c := range []struct {
		metric Metric
		shift  shift
		within int
	}{{NegativeShare, shift{1, 2}, 6}, {NegativeShare, shift{1, 1.5}, 26}, {SignalRate, shift{2, 1}, 3}, {SignalRate, shift{1.5, 1}, 8}} {
		s := newWorld(7, 40, 0.02).stream(75, 45, c.shift)
		day := firstAlarm(s, c.metric, 15, 75)
		if day < 46 || day > 45+c.within {
			t.Errorf("a shift of %s by %v on day 45 was an alarm on day %d, want within %d days", c.metric, c.shift, day, c.within)
			continue
		}
		v := verdictOf(s, at(day), c.metric)
		if off := v.Since.Sub(at(45)).Hours() / 24; math.Abs(off) > 4 {
			t.Errorf("a shift of %s on day 45 was dated %s, %.0f days off", c.metric, v.Since, off)
		}
		if !(v.Value > v.Limit && v.Limit > v.Baseline && v.Z > 0 && v.Direction == Worse) || v.FalseAlarmEvery < falseAlarmRough {
			t.Errorf("an alarm that does not explain itself: %+v", v)
		}
	}
}

// TestOutlier parts a single wild day from a trend: the daily charts stay quiet, and the hourly chart tells it.
func TestOutlier(t *testing.T) {
	t.Parallel()
	s := newWorld(12, 40, 0).stream(80, 80, none)
	for h := range 24 {
		s.Hours[70*24+h].Signals += 10
		s.Hours[70*24+h].Negative += 10
	}
	for _, m := range []Metric{NegativeShare, SignalRate} {
		if day := firstAlarm(s, m, 60, 75); day >= 0 {
			t.Errorf("one wild day on day 70 was an alarm of %s on day %d", m, day)
		}
	}
	if v := verdictOf(s, at(70).Add(4*time.Hour), Storm); v.State != Alarm || v.Value <= v.Limit {
		t.Errorf("ten negative signals an hour were no storm after four hours: %+v", v)
	}
	if v := verdictOf(s, at(72), Storm); v.State != Quiet {
		t.Errorf("a storm was still on a day after it ended: %+v", v)
	}
}

// TestAlarmStays holds that an alarm does not get used to its cause: the baseline stands still.
func TestAlarmStays(t *testing.T) {
	t.Parallel()
	s := newWorld(3, 40, 0.02).stream(180, 60, shift{2, 1})
	early, late := verdictOf(s, at(64), SignalRate), verdictOf(s, at(180), SignalRate)
	if early.State != Alarm || late.State != Alarm {
		t.Fatalf("a lasting shift: early %+v, late %+v", early, late)
	}
	if early.Baseline != late.Baseline || !early.Since.Equal(late.Since) {
		t.Errorf("the baseline moved under the alarm: %v from %s, then %v from %s", early.Baseline, early.Since, late.Baseline, late.Since)
	}
}

func TestEpisodes(t *testing.T) {
	t.Parallel()
	s := newWorld(3, 40, 0).stream(180, 60, shift{2, 1})
	first := verdictOf(s, at(64), SignalRate)
	episode := func(o Outcome, until time.Time) Series {
		with := s
		with.Episodes = []Episode{{SignalRate, o, Span{first.Since, until}}}
		return with
	}
	if v := verdictOf(episode(Open, time.Time{}), at(70), SignalRate); v.State != Alarm || v.Baseline != first.Baseline {
		t.Errorf("an open alarm: %+v", v)
	}
	// The shift lasts, so that a chart that begins anew sees it again.
	if v := verdictOf(episode(Noise, at(66)), at(67), SignalRate); v.State != Quiet {
		t.Errorf("the day after an alarm was called noise: %+v", v)
	}
	if day := firstAlarm(episode(Noise, at(66)), SignalRate, 67, 80); day < 0 {
		t.Error("a shift that was called noise and lasts was never an alarm again")
	}
	// The new level is learnt, and then quiet.
	accepted := episode(Accepted, at(66))
	if v := verdictOf(accepted, at(68), SignalRate); v.State != Learning {
		t.Errorf("two days after a new level was accepted: %+v", v)
	}
	if day := firstAlarm(accepted, SignalRate, 67, 110); day >= 0 {
		t.Errorf("an accepted level was an alarm on day %d", day)
	}
	if v := verdictOf(accepted, at(150), SignalRate); v.State != Quiet || v.Baseline < 1.7*first.Baseline {
		t.Errorf("an accepted level is the baseline later: %+v, before %v", v, first.Baseline)
	}
	// An incident leaves the baseline of every chart as it was.
	s = newWorld(3, 40, 0).stream(100, 60, shift{2, 1})
	s.Hours = append(s.Hours[:80*24], newWorld(4, 40, 0).stream(20, 20, none).Hours...)
	for i := range s.Hours {
		s.Hours[i].At = monday.Add(time.Duration(i) * time.Hour)
	}
	v := verdictOf(episode(Confirmed, at(80)), at(100), SignalRate)
	if v.State != Quiet || v.Days != longestBaseline || v.Baseline > 1.2*first.Baseline {
		t.Errorf("after an incident: %+v, baseline before %v", v, first.Baseline)
	}
	if v := verdictOf(episode(Confirmed, at(80)), at(100), NegativeShare); v.Days > longestBaseline || v.State != Quiet {
		t.Errorf("the share after an incident of the rate: %+v", v)
	}
	if v := verdictOf(episode(Confirmed, time.Time{}), at(75), SignalRate); v.State != Alarm {
		t.Errorf("an incident that is not over: %+v", v)
	}
}

// TestStormEpisodes takes a storm of five hours through what people may say of it.
func TestStormEpisodes(t *testing.T) {
	t.Parallel()
	s := newWorld(12, 40, 0).stream(62, 62, none)
	for h := 10; h < 15; h++ {
		s.Hours[60*24+h].Signals += 8
		s.Hours[60*24+h].Negative += 8
	}
	noon, evening := at(60).Add(12*time.Hour), at(60).Add(22*time.Hour)
	first := verdictOf(s, noon, Storm)
	if first.State != Alarm || first.Since.Before(at(60).Add(7*time.Hour)) || !first.Until.Equal(noon.Truncate(time.Hour)) {
		t.Fatalf("eight negative signals an hour since ten: at noon %+v", first)
	}
	for _, c := range []struct {
		outcome   Outcome
		until     time.Time
		at        time.Time
		state     State
		direction Direction
	}{
		{Open, time.Time{}, evening, Alarm, Steady},
		{Noise, noon, noon, Quiet, Worse},
		{Noise, noon, noon.Add(2 * time.Hour), Alarm, Worse}, // it goes on, and is another storm
		{Noise, evening.Add(-time.Hour), evening, Quiet, Steady},
		{Confirmed, time.Time{}, evening, Alarm, Steady},
		{Confirmed, evening, evening, Alarm, Steady},
		{Confirmed, evening.Add(-time.Hour), evening, Quiet, Steady},
		{Accepted, noon, at(62), Learning, Steady},
	} {
		s.Episodes = []Episode{{Storm, c.outcome, Span{first.Since, c.until}}}
		if v := verdictOf(s, c.at, Storm); v.State != c.state || v.Direction != c.direction {
			t.Errorf("%s until %s: at %s %+v, want %s, %s", c.outcome, c.until, c.at, v, c.state, c.direction)
		}
	}
}

// TestGaps holds that a source that could not be heard is no drop, and a silent one is.
func TestGaps(t *testing.T) {
	t.Parallel()
	s := newWorld(5, 40, 0).stream(80, 70, shift{0, 1})
	if v := verdictOf(s, at(80), SignalRate); v.State != Quiet || v.Direction != Better {
		t.Errorf("ten silent days: %+v, want quiet and better", v)
	}
	s.Gaps = []Span{{at(70), at(80)}}
	if v := verdictOf(s, at(80), SignalRate); v.State != Quiet || v.Direction != Steady || !v.Until.Equal(monday.AddDate(0, 0, 80)) {
		t.Errorf("ten days unheard: %+v, want quiet and steady", v)
	}
	if v := verdictOf(Series{Since: monday}, at(90), NegativeShare); v.State != Learning {
		t.Errorf("a stream without a signal: %+v, want learning", v)
	}
	// The first signals of a stream that never had any are no alarm, a hundred of them are.
	quiet := Series{Since: monday, Hours: []Count{{monday, 1, 0}, {at(80), 2, 2}}}
	for _, v := range Judge(quiet, at(81)) {
		if v.State == Alarm {
			t.Errorf("two signals after 80 silent days: %+v", v)
		}
	}
	loud := Series{Since: monday, Hours: []Count{{monday, 1, 0}, {at(79), 50, 50}, {at(80), 50, 50}}}
	if v := verdictOf(loud, at(81), SignalRate); v.State != Alarm {
		t.Errorf("a hundred signals after 79 silent days: %+v", v)
	}
}

// TestWindow holds that the last months of an old stream are judged like a young stream: what is not handed in is not
// taken for silence.
func TestWindow(t *testing.T) {
	t.Parallel()
	s := newWorld(5, 40, 0).stream(120, 120, none)
	s.Since = monday.AddDate(-1, 0, 0)
	for _, v := range Judge(s, at(120)) {
		if v.State != Quiet {
			t.Errorf("the last 120 days of a stream of a year and a half: %+v", v)
		}
	}
}

// TestJudgeIsALaw holds what must not matter: the order of the hours, counts that are split, and the place where the
// days are equal.
func TestJudgeIsALaw(t *testing.T) {
	t.Parallel()
	s := newWorld(5, 10, 0.02).stream(70, 50, shift{1.5, 2})
	want := Judge(s, at(70))
	shuffled := s
	shuffled.Hours = nil
	for _, c := range s.Hours {
		half := Count{c.At.Add(59 * time.Minute), c.Signals - c.Signals/2, c.Negative - min(c.Negative, c.Signals/2)}
		shuffled.Hours = append(shuffled.Hours, half, Count{c.At, c.Signals / 2, min(c.Negative, c.Signals/2)})
	}
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(shuffled.Hours), func(i, j int) {
		shuffled.Hours[i], shuffled.Hours[j] = shuffled.Hours[j], shuffled.Hours[i]
	})
	if got := Judge(shuffled, at(70)); !reflect.DeepEqual(got, want) {
		t.Errorf("split and shuffled hours gave\n%+v, want\n%+v", got, want)
	}
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	s.Location = paris
	for _, v := range Judge(s, at(70)) {
		if v.Metric != Storm && (v.Until.Hour() != 0 || v.Until.Location() != paris) {
			t.Errorf("a day of Paris ended at %s", v.Until)
		}
	}
	// Days of 23 and 25 hours are days.
	march := time.Date(2026, 3, 1, 0, 0, 0, 0, paris)
	s = Series{Since: march, Hours: []Count{{march, 1, 1}}, Location: paris}
	all := days(s.hours(time.Date(2026, 11, 1, 0, 0, 0, 0, paris)))
	if len(all) != 245 || !all[0].whole || all[244].end.Day() != 1 {
		t.Errorf("March to October in Paris has %d days, ending %s", len(all), all[len(all)-1].end)
	}
}

func FuzzJudge(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9}, int64(0), int64(86400*60), uint8(0))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0x80, 0, 0, 0}, int64(math.MinInt64), int64(math.MaxInt64), uint8(7))
	f.Add(make([]byte, 300), int64(1e9), int64(1e9+86400*400), uint8(2))
	f.Fuzz(func(t *testing.T, raw []byte, since, now int64, kind uint8) {
		s := Series{Since: time.Unix(since, 0)}
		moment := time.Unix(now, 0)
		for i := 0; i+8 <= len(raw) && i < 4000; i += 8 {
			at := moment.Add(-time.Duration(binary.LittleEndian.Uint32(raw[i:])) * time.Second / 100)
			s.Hours = append(s.Hours, Count{at, int(int16(binary.LittleEndian.Uint16(raw[i+4:]))) << (kind % 40), int(int16(binary.LittleEndian.Uint16(raw[i+6:]))) << (kind % 40)})
			if i%64 == 0 && kind > 0 {
				outcome := []Outcome{Open, Confirmed, Noise, Accepted, "?"}[kind%5]
				s.Episodes = append(s.Episodes, Episode{[]Metric{NegativeShare, SignalRate, Storm}[i/64%3], outcome, Span{at, at.Add(time.Duration(kind) * time.Hour)}})
				s.Gaps = append(s.Gaps, Span{at.Add(-time.Hour), at})
			}
		}
		for _, v := range Judge(s, moment) {
			for _, x := range []float64{v.Value, v.Baseline, v.Limit, v.Z} {
				if math.IsNaN(x) || math.IsInf(x, 0) {
					t.Fatalf("%+v has a value that is no number", v)
				}
			}
			if v.State != Learning && v.State != Quiet && v.State != Alarm || (v.State == Alarm) == v.Since.IsZero() && v.State != Alarm {
				t.Fatalf("%+v is no verdict", v)
			}
		}
	})
}

func BenchmarkJudge(b *testing.B) {
	s := newWorld(5, 40, 0.02).stream(120, 120, none)
	for b.Loop() {
		Judge(s, at(120))
	}
}
