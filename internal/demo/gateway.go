package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"syscall"
	"time"
)

// gatewayProcess is the delivery gateway as a process of its own.
type gatewayProcess struct {
	cmd    *exec.Cmd
	stderr *limitedBuffer
}

// gatewayStart bounds how long the gateway may take to answer.
const gatewayStart = 20 * time.Second

func startGateway(ctx context.Context, executable, dir, address string) (*gatewayProcess, error) {
	p := &gatewayProcess{stderr: &limitedBuffer{}}
	p.cmd = exec.Command(executable, "gateway", "--dir", dir)
	p.cmd.Stderr = p.stderr
	// Its own group: an interrupt at the terminal must not end it before the app.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the gateway: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, gatewayStart)
	defer cancel()
	for {
		if get(ctx, "http://"+address+"/-/ready", nil) == nil {
			return p, nil
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("start the gateway: it does not answer on %s: %s", address, p.stderr.String()), p.stop())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (p *gatewayProcess) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop the gateway: %w", err)
	}
	var exit *exec.ExitError
	if err := p.cmd.Wait(); err != nil && !errors.As(err, &exit) {
		return fmt.Errorf("stop the gateway: %w", err)
	}
	return nil
}

// get requests a URL and hands the answer to look, if that is not nil.
func get(ctx context.Context, url string, look func(*http.Response) error) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("get %s: %s", url, response.Status)
	}
	if look != nil {
		return look(response)
	}
	_, err = io.Copy(io.Discard, response.Body)
	return err
}
