package consent

import "strings"

// The controlled vocabularies of the PLUS licence data format, version 2.0.1
// (ns.useplus.org/ldf/vocab), as XMP and IPTC carry them.

// ReleaseStatus is plus:ModelReleaseStatus or plus:PropertyReleaseStatus.
type ReleaseStatus string

// The statuses of models and of properties.
const (
	ModelNone          ReleaseStatus = "MR-NON"
	ModelNotApplicable ReleaseStatus = "MR-NAP"
	ModelUnlimited     ReleaseStatus = "MR-UMR"
	ModelLimited       ReleaseStatus = "MR-LMR"

	PropertyNone          ReleaseStatus = "PR-NON"
	PropertyNotApplicable ReleaseStatus = "PR-NAP"
	PropertyUnlimited     ReleaseStatus = "PR-UPR"
	PropertyLimited       ReleaseStatus = "PR-LPR"
)

// Age is plus:MinorModelAgeDisclosure.
type Age string

// Some of its codes; between them stands one for each year.
const (
	AgeUnknown Age = "AG-UNK"
	AgeUnder14 Age = "AG-U14" // 14 or under
	AgeOver25  Age = "AG-A25"
)

// Ages lists all codes.
func Ages() []Age {
	return []Age{
		AgeUnknown, AgeUnder14, "AG-A15", "AG-A16", "AG-A17", "AG-A18", "AG-A19", "AG-A20", "AG-A21", "AG-A22", "AG-A23", "AG-A24", AgeOver25,
	}
}

// Minor tells whether the code says an age below 18.
func (a Age) Minor() bool { return a == AgeUnder14 || a == "AG-A15" || a == "AG-A16" || a == "AG-A17" }

// DataMining is plus:DataMining.
type DataMining string

// Its codes.
const (
	MiningUnspecified     DataMining = "DMI-UNSPECIFIED"
	MiningAllowed         DataMining = "DMI-ALLOWED"
	MiningProhibited      DataMining = "DMI-PROHIBITED"
	MiningNoTraining      DataMining = "DMI-PROHIBITED-AIMLTRAINING"
	MiningNoGenerative    DataMining = "DMI-PROHIBITED-GENAIMLTRAINING"
	MiningSearchOnly      DataMining = "DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING"
	MiningSeeConstraint   DataMining = "DMI-PROHIBITED-SEECONSTRAINT"
	MiningSeeEmbedded     DataMining = "DMI-PROHIBITED-SEEEMBEDDEDRIGHTSEXPR"
	MiningSeeLinkedRights DataMining = "DMI-PROHIBITED-SEELINKEDRIGHTSEXPR"
)

// Code takes a term out of how files write it: as an address of the vocabulary,
// with blanks around it, in lower case.
func Code(written string) string {
	written = strings.TrimRight(strings.TrimSpace(written), "/")
	return strings.ToUpper(written[strings.LastIndexAny(written, "/#:")+1:])
}

// Release is the status that an image may claim by these terms.
func (t Terms) Release() ReleaseStatus {
	of := map[Level]ReleaseStatus{Unlimited: ModelUnlimited, Limited: ModelLimited, Refused: ModelNone}
	if t.Kind == Property {
		of = map[Level]ReleaseStatus{Unlimited: PropertyUnlimited, Limited: PropertyLimited, Refused: PropertyNone}
	}
	return of[t.Level]
}

// DataMining is what an image should say about training by these terms.
func (t Terms) DataMining() DataMining {
	switch t.AI {
	case AIAllowed:
		return MiningAllowed
	case AINoGenerative:
		return MiningNoGenerative
	case AIProhibited:
		return MiningNoTraining
	}
	return MiningUnspecified
}

// allows tells whether an image invites to train, and to train generative models.
func (d DataMining) allows() (training, generative bool) {
	switch d {
	case MiningAllowed:
		return true, true
	case MiningNoGenerative:
		return true, false
	}
	return false, false
}
