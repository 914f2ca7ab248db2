// Package postmortem is the analysis: evidence, causes, whys, tests, draft, approval, publication.
//
// The analysis lives in the incident's own stream, as events of its own. The
// [State] is the [Fold] of that stream; a command is decided by [Decide] on it
// and on the state of the incident.
//
// # Revisions and approval
//
//	none ──draft──▶ drafting ──submit──▶ submitted ──quorum──▶ approved ──commit──▶ published
//	                   ▲  ▲                 │                     │                     │
//	                   │  └─request changes─┘                     │                     │
//	                   └────────────────────edit──────────────────┴─────────────────────┘
//
// Until somebody edits it the journal writes the document ([State.Living]): what it
// would write is kept as a revision only when somebody asks for it or submits it.
// A revision knows the last entry that it has taken in; [NewsSince] says what the
// journal would write differently since.
//
// Each edit makes a revision and voids all approvals. An edit names the
// revision that it is based on; when another came between, it is refused with
// a [*RevisionError] and nothing is lost. An approval names the SHA-256 of
// what its giver has read. The authors are all who edited since the approvals
// were last complete, and none of them approves. The approval that completes
// the quorum queues the publication; the publishing commit is recorded by
// [incident.RecordPublished], of which Fold takes note.
//
// # The document
//
// A [Document] is the model that is stored, hashed and published as JSON. Its
// sections stand in the order of the file. [Parse] reads a section of the
// Markdown into fields only if writing the fields gives the same bytes back,
// and keeps it as verbatim Markdown otherwise, so that for every input
// Parse accepts, writing what it read gives that input. What the product said
// itself is kept with its [phrase.Sentence], so that the other language can be
// written; what people wrote is never translated. The sealed part (checklist,
// approvals, revision, journal head) is written at publication and lies
// outside the hash.
//
// Cells of tables write "|" as "\|". Lists inside a line are separated by a
// comma and a space.
//
// # Suggestions
//
// [Suggest] finds causes in evidence. It looks for exactly this:
//
//   - A hook log (kind hook-log) has lines "[time] SOURCE: message". A run ends
//     with "hook: exit status N" or with Git's own "[branch abc1234] subject".
//     Where a run holds a rejection ("validator: REJECT …", or "validator: exit
//     status N" with N other than 0) and yet ends with 0 or with a commit, the
//     hook let the change through: a direct cause.
//   - CI configurations (kind ci-config), comments and commands whose failure is
//     ignored ("|| true") left out, in none of which a ΔE validation is run:
//     no mention of ΔE, deltaE, delta-e, CIEDE or DE2000, or
//     of safelight gate, check, scan, test, pre-merge or lut check: a
//     contributing cause.
//   - A git log (kind git-log), written by git log with the format
//     "commit %H%nparents %P%nauthor %an%ndate %cI%nsubject %s%n" followed by
//     the trailers Reviewed-by and Review-branch and by --name-only. A review is
//     a commit with Reviewed-by or a merge; its branch is the trailer or the
//     one that the merge names; a merge has the files of the commits it brings.
//     Two reviews within [ReviewWindow] of each other that touch the same file
//     or folder are parallel when they happened on different named branches
//     under different reviewers, or are merges neither of which contains the
//     other's branch: a contributing cause.
//   - CODEOWNERS (kind codeowners) where the lookup table that the diff, the
//     hook log or the table itself names has no owner, or only the one of a
//     catch-all rule that names no brand approver: a systemic cause.
package postmortem
