// Package quarantine is the register of images taken out of delivery: held, moved, released.
//
// Each image taken out is an [Item] with a journal stream of its own, since a
// stream is read whole at each change and a flood of images must not make one
// stream long. What a command does to an item is decided by [Decide] on its
// [Fold]; time and the doer come in [Env].
//
//	moving      the path is being held at the gateway, the file being moved out
//	held        the delivered place is empty of it; a copy is kept
//	failed      it could not be moved, and no retry will mend it; the path stays held
//	releasing   a person has released it; the same bytes are being put back
//	restored    they are back
//	superseded  another version came under the same path
//	discarded   a person has decided that it is not put back
//
// The last three are final. The copy of a discarded image is kept for a time
// and then erased, unless something else needs the same bytes: [Item.EraseAt],
// [Needing]. Until then the path is held at the gateway, whatever
// lies in the delivered folder; which command is possible where is a matrix in
// the tests. There is one item a path that is not final: a newer version that
// must be held too gets an item of its own and supersedes the older one.
//
// Whether the gateway does what it is told is a fact beside the status, [Item.Proofs]:
// a gateway that does not answer must not keep an image from being moved or restored.
//
// No event carries what was found, only where and of which kind: names of
// fields and of entities.
package quarantine
