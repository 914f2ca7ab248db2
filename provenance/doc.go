// Package provenance checks what an image claims about its origin: C2PA, digital source type, prompt and model.
//
// [Validate] validates the manifest store of an image as chapter 15 of the C2PA specification (2.4, and what it keeps of
// 1.x) says, offline: the claim and its COSE signature, certificates and time-stamps, every assertion and the
// ingredients behind it, and whether the bytes are still those that were signed. [Compare] tells provenance that was
// lost on the way from provenance that is still there and no longer true. [Generation] gathers what a picture says of
// how it was made, manifest or not.
//
// # Where it is stricter than the specification
//
// A data hash may leave out nothing but the manifest itself: an exclusion of anything else, which the specification
// allows for metadata and reports as informational, is assertion.dataHash.mismatch here, since what a hash leaves out
// can be changed by anybody. For the same reason of two exclusions of the manifest one is too many, and bytes behind
// the manifest store in its own segment must be zero. A store that is there twice is Invalid, not Absent.
//
// # What it leaves out
//
// Nothing is fetched: no remote manifest, no cloud data, and of OCSP only responses that came with the image. Identity
// assertions of CAWG are reported and not verified, fragmented BMFF and live video are no images.
package provenance
