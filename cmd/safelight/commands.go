package main

// commands is the one table of commands, in the order of the help.
func commands() []command {
	return []command{
		{"init", "cli.init", runInit, false},
		{"demo", "cli.demo", runDemo, false},
		{"serve", "cli.serve", runServe, false},
		{"check", "cli.check", runCheck, false},
		{"diagnose", "cli.diagnose", runDiagnose, false},
		{"scan", "cli.scan", runScan, false},
		{"gate", "cli.gate", runGate, false},
		{"test", "cli.test", runTest, false},
		{"lut", "cli.lut", runLUT, true},
		{"metadata", "cli.metadata", runMetadata, true},
		{"models", "cli.models", runModels, true},
		{"doctor", "cli.doctor", runDoctor, false},
		{"incident", "cli.incident", runIncident, true},
		{"rca", "cli.rca", runRCA, true},
		{"postmortem", "cli.postmortem", runPostmortem, true},
		{"action", "cli.action", runAction, true},
		{"journal", "cli.journal", runJournal, true},
		{"kpi", "cli.kpi", runKPI, false},
		{"oncall", "cli.oncall", runOnCall, true},
		{"watch", "cli.watch", runWatch, false},
		{"rehearsals", "cli.rehearsals", runRehearsals, false},
		{"alert", "cli.alerts", runAlert, true},
		{"silence", "cli.silence", runSilence, true},
		{"rules", "cli.rules", runRules, true},
		{"signals", "cli.signals", runSignals, true},
		{"findings", "cli.findings", runFindings, false},
		{"run", "cli.run", runRun, true},
		{"quarantine", "cli.quarantine", runQuarantine, true},
		{"consent", "cli.consent", runConsent, true},
		{"gateway", "cli.gateway", runGateway, false},
		{"user", "cli.user", runUser, true},
		{"version", "cli.version", runVersion, false},
	}
}
