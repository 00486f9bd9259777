// The peer of bench.py on aws-sdk-go-v2: the reads of a plan, as a careful Go program makes them.
//
// One HTTP client serves all accounts, each account has its own configuration with its own
// credentials, and goroutines make the calls, as many at once as -in-flight says. It prints one line
// of JSON: calls, wall and CPU time in seconds, and accounts.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"log"
	"net/http"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/middleware"
)

var calls atomic.Int64

// countCalls counts each request that is sent, retries among them.
func countCalls(stack *middleware.Stack) error {
	return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("countCalls",
		func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
			calls.Add(1)
			return next.HandleDeserialize(ctx, in)
		}), middleware.After)
}

// cpuSeconds is what the process has used since it began: Reeve's figure has its start in it, too.
func cpuSeconds() float64 {
	var usage syscall.Rusage

	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		log.Fatal(err)
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}

func load(ctx context.Context, home string, inFlight int) aws.Config {
	client := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConns = 2 * inFlight
		t.MaxIdleConnsPerHost = inFlight
	})
	base, err := config.LoadDefaultConfig(ctx, config.WithHTTPClient(client), config.WithRegion(home))
	if err != nil {
		log.Fatal(err)
	}
	base.APIOptions = append(base.APIOptions, countCalls)
	return base
}

func main() {
	accounts := flag.Int("accounts", 100, "how many accounts are read")
	inFlight := flag.Int("in-flight", 256, "calls at once")
	home := flag.String("home", "us-east-1", "home region")
	flag.Parse()

	ctx, began := context.Background(), time.Now()
	reader := reader{base: load(ctx, *home, *inFlight), slots: make(chan struct{}, *inFlight)}
	entered := reader.readOrganization(ctx, *accounts)
	result := map[string]any{"calls": calls.Load(), "wall_s": time.Since(began).Seconds(), "cpu_s": cpuSeconds(), "accounts": entered}
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		log.Fatal(err)
	}
}
