package main

// commands is the one table of commands, in the order of the help.
func commands() []command {
	return []command{
		{"init", "cli.init", runInit},
		{"demo", "cli.demo", runDemo},
		{"serve", "cli.serve", runServe},
		{"check", "cli.check", runCheck},
		{"diagnose", "cli.diagnose", runDiagnose},
		{"scan", "cli.scan", runScan},
		{"test", "cli.test", runTest},
		{"lut", "cli.lut", runLUT},
		{"models", "cli.models", runModels},
		{"doctor", "cli.doctor", runDoctor},
		{"incident", "cli.incident", runIncident},
		{"rca", "cli.rca", runRCA},
		{"postmortem", "cli.postmortem", runPostmortem},
		{"action", "cli.action", runAction},
		{"journal", "cli.journal", runJournal},
		{"kpi", "cli.kpi", runKPI},
		{"oncall", "cli.oncall", runOnCall},
		{"rules", "cli.rules", runRules},
		{"gateway", "cli.gateway", runGateway},
		{"user", "cli.user", runUser},
		{"version", "cli.version", runVersion},
	}
}
