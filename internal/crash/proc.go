package crash

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// childVariable carries a child's argument from Start to ChildArgument.
const childVariable = "GERO_CRASH_CHILD"

// Child is a process of its own that runs one test of the running test binary, until it ends or is killed.
type Child struct {
	// Lines carries what the child prints to standard output, line by line, and is closed when it has ended.
	Lines <-chan string

	cmd    *exec.Cmd
	done   chan struct{}
	err    error
	stderr tail
}

// ChildArgument returns the argument that Start gave, and true, in a child; in a parent it returns false. A test that plays the child
// begins with it, and ends at once if it returns false.
func ChildArgument() (string, bool) { return os.LookupEnv(childVariable) }

// Start runs test, the name of a test function, in a child. The child is killed when ctx ends.
func Start(ctx context.Context, test, argument string) (*Child, error) {
	binary, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding the test binary: %w", err)
	}
	cmd := exec.CommandContext(ctx, binary, "-test.run=^"+test+"$", "-test.count=1")
	cmd.Env = append(os.Environ(), childVariable+"="+argument)
	return start(cmd)
}

// StartCommand runs any program as Start runs a test, for instance a built gero.
func StartCommand(ctx context.Context, name string, args ...string) (*Child, error) {
	return start(exec.CommandContext(ctx, name, args...))
}

func start(cmd *exec.Cmd) (*Child, error) {
	c := &Child{cmd: cmd, done: make(chan struct{})}
	cmd.Stderr = &c.stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting a child: %w", err)
	}
	lines := make(chan string, 1<<16) // so that a child is not held up by a reader who waits before killing it
	c.Lines = lines
	go func() {
		defer close(c.done)
		scan := bufio.NewScanner(out)
		for scan.Scan() {
			lines <- scan.Text()
		}
		close(lines)
		c.err = cmd.Wait()
	}()
	return c, nil
}

// Kill ends the child as kill -9 does, at once and without its consent, and waits until it is gone. Killing a child that has ended
// does nothing.
func (c *Child) Kill() error {
	if err := c.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("killing a child: %w", err)
	}
	for range c.Lines { // a full channel would keep the child's reader from ending
	}
	<-c.done
	return nil
}

// KillAfter lets the child run for d, then kills it, and returns the lines it printed. A child that ends before is an error.
func (c *Child) KillAfter(d time.Duration) ([]string, error) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-c.done:
		return nil, fmt.Errorf("child ended before it was killed: %w: %s", c.Wait(), c.stderr.String())
	case <-timer.C:
	}
	if err := c.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return nil, fmt.Errorf("killing a child: %w", err)
	}
	var out []string
	for line := range c.Lines {
		out = append(out, line)
	}
	<-c.done
	return out, nil
}

// Wait waits for the child to end by itself and returns how it ended. Lines must be read meanwhile if there are many.
func (c *Child) Wait() error {
	<-c.done
	return c.err
}

// Stderr returns the end of what the child printed to standard error, once it has ended.
func (c *Child) Stderr() string {
	<-c.done
	return c.stderr.String()
}

// tail keeps the last bytes written to it.
type tail struct{ b []byte }

const tailSize = 16 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.b = append(t.b, p...)
	if over := len(t.b) - tailSize; over > 0 {
		t.b = append(t.b[:0], t.b[over:]...)
	}
	return len(p), nil
}

func (t *tail) String() string { return string(t.b) }
