package app

import (
	"context"
	"slices"
)

// StartEffects runs effects and nothing else, until [App.Close]: a command
// that opens the folder for a moment is no watcher, and must neither measure
// nor alert.
func (a *App) StartEffects(ctx context.Context) error {
	_, err := a.startEffects(ctx)
	return err
}

// startEffects opens what effects send by, and runs them. Only from here on the
// secrets of channels are needed; one without its secret fails what goes to it, and stops nothing else. It gives the context that ends with [App.Close].
func (a *App) startEffects(ctx context.Context) (context.Context, error) {
	mail, err := a.config.Notify.Open()
	if err != nil {
		return ctx, err
	}
	a.sender.Channels = slices.Concat(a.sender.Channels, mail)
	a.openBacklog()
	ctx, a.stop = context.WithCancel(ctx)
	return ctx, a.store.Start(ctx, a.work())
}
