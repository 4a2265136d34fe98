// A node of github.com/luxfi/zap, for the tests: as a server it answers requests, as a client it sends one.
//
//	zap serve ID PORT
//	zap call ID ADDR METHOD PATH BODY
//
// It uses nothing but the module's ordinary accessors: what they read of our bytes, and we of theirs, is the point.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/luxfi/zap"
)

const (
	request  = 200
	response = 201
)

func main() {
	if len(os.Args) < 4 {
		fail("usage: zap serve ID PORT | zap call ID ADDR METHOD PATH BODY")
	}
	if os.Args[1] == "serve" {
		serve(os.Args[2], os.Args[3])
	} else {
		call(os.Args[2:])
	}
}

func serve(id, port string) {
	n, err := strconv.Atoi(port)
	if err != nil {
		fail(err)
	}
	node := zap.NewNode(zap.NodeConfig{NodeID: id, Port: n, NoDiscovery: true})
	node.Handle(request, func(_ context.Context, _ string, msg *zap.Message) (*zap.Message, error) {
		asked := msg.Root()
		said := fmt.Sprintf("%s %s?%s %s", asked.Text(0), asked.Text(8), asked.Text(32), asked.Bytes(24))
		b := zap.NewBuilder(256)
		o := b.StartObject(24)
		o.SetUint32(0, 200)
		o.SetBytes(4, []byte(said))
		o.SetBytes(12, []byte(`{"X-By":["go"]}`))
		o.FinishAsRoot()
		return zap.Parse(b.FinishWithFlags(response << 8))
	})
	if err := node.Start(); err != nil {
		fail(err)
	}
	fmt.Println("serving")
	// Until whoever started it closes its standard input.
	var end [1]byte
	os.Stdin.Read(end[:])
	node.Stop()
}

func call(args []string) {
	id, addr, method, path, body := args[0], args[1], args[2], args[3], args[4]
	node := zap.NewNode(zap.NodeConfig{NodeID: id, Port: 0, NoDiscovery: true})
	if err := node.Start(); err != nil {
		fail(err)
	}
	defer node.Stop()
	if err := node.ConnectDirect(addr); err != nil {
		fail(err)
	}
	b := zap.NewBuilder(256)
	o := b.StartObject(40)
	o.SetText(0, method)
	o.SetText(8, path)
	o.SetBytes(24, []byte(body))
	o.FinishAsRoot()
	msg, err := zap.Parse(b.FinishWithFlags(request << 8))
	if err != nil {
		fail(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	answer, err := node.Call(ctx, node.Peers()[0], msg)
	if err != nil {
		fail(err)
	}
	root := answer.Root()
	fmt.Printf("%d %s", root.Uint32(0), root.Bytes(4))
}

func fail(why any) {
	fmt.Fprintln(os.Stderr, why)
	os.Exit(1)
}
