package telemetry

import "time"

// Audited says what an audit of incidents and effects found: what is wrong, and what was and is mended.
func (m *Meter) Audited(open, mended int, at time.Time) {
	m.whole.RLock()
	defer m.whole.RUnlock()
	m.gauge("safelight_audit_findings", "What the last audit of incidents and effects found and could not mend.").Set(float64(open))
	m.gauge("safelight_audit_mended", "What the last audit of incidents and effects mended.").Set(float64(mended))
	m.gauge("safelight_audit_timestamp_seconds", "When incidents and effects were audited last.").Set(float64(at.Unix()))
}
