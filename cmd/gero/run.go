package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"github.com/gero-chain/gero/internal/node"
	"github.com/gero-chain/gero/internal/progress"
	"github.com/gero-chain/gero/params"
)

// runNode runs the node until it is told to stop.
func runNode(c *cli.Context) (err error) {
	if c.Args().Present() {
		return unknownVerb(c.App.Commands, c.Args().First())
	}
	s, err := resolve(c)
	if err != nil {
		return err
	}
	folder, lasting, err := s.folder()
	if err != nil {
		return err
	}
	if !lasting {
		temp, err := os.MkdirTemp("", "gero-dev-")
		if err != nil {
			return fmt.Errorf("temporary folder: name one with --datadir (%w)", err)
		}
		folder = node.Folder(temp)
		defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	}
	cfg, closeLog, err := nodeConfig(c, s, folder)
	if err != nil {
		return err
	}
	defer closeLog()
	n, err := node.Open(cfg)
	if err != nil {
		return err
	}
	if s.verbosity > 0 {
		n.Banner(cfg.Progress)
	}
	err = n.Run(c.Context)
	if err := errors.Join(err, n.Close()); err != nil {
		cfg.Log.Error("stopped", "error", err)
		return err
	}
	cfg.Log.Info("stopped cleanly")
	return nil
}

// nodeConfig turns settings into what a node is made from. The function closes the log.
func nodeConfig(c *cli.Context, s *settings, folder node.Folder) (node.Config, func(), error) {
	stderr := c.App.ErrWriter
	mode, err := progress.Parse(s.progress, isTerminal(stderr))
	if err != nil {
		return node.Config{}, nil, usageError("--progress: %w", err)
	}
	reporter := progress.New(stderr, mode, time.Now)
	log, file := node.OpenLog(reporter, folder, s.verbosity)
	period := s.devPeriod
	if !s.dev {
		period = 0
	}
	return node.Config{
		Network: s.network(), Folder: folder, Version: versionString(),
		Dev: s.dev, Mine: s.mine, Threads: s.threads, Period: period, Reward: s.rewardAddr, CacheMB: s.cache,
		RPC: s.rpc, Log: log, Progress: reporter, Now: time.Now,
	}, func() { _ = file.Close() }, nil // the last lines are written already
}

// quietConfig is nodeConfig for verbs that work on a folder without running a node: they log to standard error alone.
func quietConfig(c *cli.Context) (node.Config, *settings, error) {
	s, err := resolve(c)
	if err != nil {
		return node.Config{}, nil, err
	}
	folder, lasting, err := s.folder()
	if err != nil {
		return node.Config{}, nil, err
	}
	if !lasting {
		return node.Config{}, nil, usageError("--dev without --datadir has no folder that lasts: name one with --datadir")
	}
	mode, err := progress.Parse(s.progress, isTerminal(c.App.ErrWriter))
	if err != nil {
		return node.Config{}, nil, usageError("--progress: %w", err)
	}
	if !s.given["dev"] && !s.given["betanet"] && folder.Network() == params.Dev().Name {
		s.dev = true // the folder says whose it is
	}
	reporter := progress.New(c.App.ErrWriter, mode, time.Now)
	return node.Config{
		Network: s.network(), Folder: folder, Version: versionString(), Dev: s.dev, CacheMB: s.cache, RPC: s.rpc,
		Log: node.NewLog(reporter, s.verbosity), Progress: reporter, Now: time.Now,
	}, s, nil
}

// isTerminal reports whether a stream is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) //nolint:gosec // a file descriptor is small
}
