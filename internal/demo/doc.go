// Package demo renders the reference incident's images and replays its night.
//
// Nothing in the result is invented: the images are drawn, graded and encoded
// (render, scene, luts), the mistake is made in a real Git repository whose
// hook really fails (pipeline_repo), the alert fires by the real rule on a
// replayed clock, the gateway is a process of its own that answers real
// requests, and everything that people do goes through [app.App.Do] as on any
// other night. What is scripted is only what the people of the fictional house
// decide and write, in night.go.
package demo
