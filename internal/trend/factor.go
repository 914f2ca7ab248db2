package trend

// sample is one observed count of a class: a day of a weekday, an hour of an hour of the day.
type sample struct {
	class int
	count float64
}

// factors gives the mean count over all classes and what each class is of that mean. A class that was seen seldom, or
// that differs from the mean by no more than chance makes it, is drawn towards one: empirical Bayes, with the variance
// between classes by the method of moments and the chance from the variance within them.
func factors(samples []sample, classes int) (mean float64, factor []float64) {
	sum, n := make([]float64, classes), make([]float64, classes)
	total := 0.0
	for _, s := range samples {
		sum[s.class] += s.count
		n[s.class]++
		total += s.count
	}
	mean = (total + 0.5) / max(float64(len(samples)), 1)
	dispersion := within(samples, sum, n)
	chance := func(class int) float64 { return dispersion / (mean * n[class]) }
	off := func(class int) float64 { return sum[class]/n[class]/mean - 1 }
	excess, seen := 0.0, -1.0
	for i := range classes {
		if n[i] > 0 {
			excess += off(i)*off(i) - chance(i)
			seen++
		}
	}
	excess = max(0, excess) / max(seen, 1)
	factor = make([]float64, classes)
	for i := range classes {
		factor[i] = 1
		if n[i] > 0 && excess > 0 {
			factor[i] += off(i) * excess / (excess + chance(i))
		}
	}
	return mean, factor
}

// within is the variance of the samples around the mean of their class, over that mean; at least one, which chance
// alone makes.
func within(samples []sample, sum, n []float64) float64 {
	squares, free := 0.0, float64(len(samples))
	for _, s := range samples {
		if mean := sum[s.class] / n[s.class]; mean > 0 {
			squares += (s.count - mean) * (s.count - mean) / mean
		}
	}
	for _, seen := range n {
		free -= min(seen, 1)
	}
	return max(1, squares/max(free, 1))
}
