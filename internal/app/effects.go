package app

import "context"

// StartEffects runs effects and nothing else, until [App.Close]: a command
// that opens the folder for a moment is no watcher, and must neither measure
// nor alert.
func (a *App) StartEffects(ctx context.Context) error {
	ctx, a.stop = context.WithCancel(ctx)
	return a.store.Start(ctx, a.work())
}
