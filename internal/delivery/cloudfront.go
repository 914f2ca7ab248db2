package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	cloudfrontsdk "github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// cloudfront invalidates what a distribution of CloudFront's has stored, and waits until that is completed. CloudFront fetches
// through the gateway, so that it has nothing to divert.
type cloudfront struct {
	name, distribution string
	address            string // that stands in for the service's own; empty for that
	tags               bool   // the distribution reads tags from Cache-Tag (CacheTagConfig)
	given              attempts
	wait               time.Duration // for one invalidation
	pause              time.Duration // between two looks at it
}

const (
	// An attempt of an effect has half a minute; the next one waits on for the same invalidation.
	invalidationTime  = 20 * time.Second
	invalidationPause = time.Second
	// Fifteen paths with a * may be in progress at one time (CloudFront, Quotas on invalidations). Above this all of the route
	// is invalidated, which is one.
	fewPaths = 10
	// Three thousand others may be.
	fewTags = 1000
)

func newCloudfront(name string, c EdgeConfig) *cloudfront {
	return &cloudfront{name: name, distribution: c.Distribution, address: c.API, tags: c.Tags, wait: invalidationTime, pause: invalidationPause}
}

func (c *cloudfront) abilities() Abilities {
	return Abilities{Stores: true, PurgesPrefixes: true, PurgesPaths: true, PurgesTags: c.tags, MostPaths: fewPaths}
}

func (c *cloudfront) divert(context.Context, []string) error { return nil }

func (c *cloudfront) purge(ctx context.Context, p Purge) error {
	ctx, cancel := context.WithTimeout(ctx, c.wait)
	defer cancel()
	client, err := c.client(ctx)
	if err != nil {
		return fail(phrase.Of("edge.do.credentials"), c.name, err)
	}
	for _, items := range invalidations(p) {
		if err := c.invalidate(ctx, client, items); err != nil {
			return c.explain(err)
		}
	}
	return nil
}

// invalidations names what is purged as CloudFront does: a path with a * behind it stands for all that begins so, whatever
// parameters follow, and a tag has a # before it. Paths and tags are invalidated by themselves.
func invalidations(p Purge) (list [][]string) {
	var paths, tags []string
	for _, prefix := range p.Prefixes {
		paths = append(paths, (&url.URL{Path: prefix}).EscapedPath()+"*")
	}
	for _, path := range p.Paths {
		paths = append(paths, (&url.URL{Path: path}).EscapedPath()+"*")
	}
	for _, tag := range p.Tags {
		tags = append(tags, "#"+tag)
	}
	if len(paths) > 0 {
		list = append(list, paths)
	}
	return slices.AppendSeq(list, slices.Chunk(tags, fewTags))
}

// invalidate gives an order and waits until it is completed. An order that is given again under its id is the same to
// CloudFront, which then says how far it is.
func (c *cloudfront) invalidate(ctx context.Context, client *cloudfrontsdk.Client, items []string) error {
	order, err := json.Marshal(items)
	if err != nil {
		return err
	}
	made, err := client.CreateInvalidation(ctx, &cloudfrontsdk.CreateInvalidationInput{
		DistributionId: &c.distribution,
		InvalidationBatch: &types.InvalidationBatch{
			CallerReference: aws.String("safelight-" + c.given.id(order)),
			Paths:           &types.Paths{Items: items, Quantity: aws.Int32(int32(len(items)))},
		},
	})
	if err != nil {
		return err
	}
	now := made.Invalidation
	for !completed(now) {
		select {
		case <-time.After(c.pause):
		case <-ctx.Done():
			return ctx.Err()
		}
		got, err := client.GetInvalidation(ctx, &cloudfrontsdk.GetInvalidationInput{DistributionId: &c.distribution, Id: idOf(now)})
		if err != nil {
			return err
		}
		now = got.Invalidation
	}
	c.given.done(order)
	return nil
}

func completed(i *types.Invalidation) bool { return i != nil && aws.ToString(i.Status) == "Completed" }

func idOf(i *types.Invalidation) *string {
	if i == nil || i.Id == nil {
		return aws.String("none") // which CloudFront does not know
	}
	return i.Id
}

// client looks for credentials where all programs of AWS's do: the environment, the shared files, the role of the machine.
// It does so for each change, of which there are few, so that renewed ones count.
func (c *cloudfront) client(ctx context.Context) (*cloudfrontsdk.Client, error) {
	found, err := config.LoadDefaultConfig(ctx, config.WithDefaultRegion("us-east-1"), config.WithLogger(logging.Nop{}),
		config.WithRetryer(func() aws.Retryer { return retry.AddWithMaxAttempts(retry.NewStandard(), 2) }))
	if err != nil {
		return nil, err
	}
	return cloudfrontsdk.NewFromConfig(found, func(o *cloudfrontsdk.Options) {
		o.HTTPClient = capped{o.HTTPClient}
		if c.address != "" {
			o.BaseEndpoint = &c.address
		}
	}), nil
}

// capped bounds the answers that the SDK reads.
type capped struct{ cloudfrontsdk.HTTPClient }

// Do gives an answer that ends in an error where it is too long.
func (c capped) Do(r *http.Request) (*http.Response, error) {
	res, err := c.HTTPClient.Do(r)
	if err == nil {
		res.Body = http.MaxBytesReader(nil, res.Body, maxReply)
	}
	return res, err
}

// explain says in one sentence why CloudFront did not, and when to try again where that depends on the moment.
func (c *cloudfront) explain(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return &Later{soon, fail(phrase.Of("edge.do.invalidate"), c.name, phrase.Errorf("edge.uncompleted", c.wait))}
	}
	said := fail(phrase.Of("edge.do.cloudfront"), c.name, errors.New(printable(reason(err))))
	var answered *smithyhttp.ResponseError
	var many *types.TooManyInvalidationsInProgress
	switch {
	case errors.As(err, &many), retry.IsErrorThrottles(retry.DefaultThrottles).IsErrorThrottle(err) == aws.TrueTernary:
		return &Later{usualWait, said}
	case !errors.As(err, &answered):
		return &Later{soon, said}
	case answered.HTTPStatusCode() == http.StatusTooManyRequests:
		return &Later{waitOf(answered.Response.Header, usualWait), said}
	case answered.HTTPStatusCode() >= 500:
		return &Later{waitOf(answered.Response.Header, soon), said}
	case answered.HTTPStatusCode()/100 == 4:
		return fmt.Errorf("%w: %w", said, journal.ErrForbidden)
	}
	return said
}

// reason is what the service says, without what the SDK tells of itself.
func reason(err error) string {
	var of smithy.APIError
	if errors.As(err, &of) {
		return of.ErrorCode() + ": " + of.ErrorMessage()
	}
	return withoutURL(err).Error()
}

// check asks for an invalidation that never was: CloudFront then says that it does not know it, to whoever may ask.
func (c *cloudfront) check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.wait)
	defer cancel()
	client, err := c.client(ctx)
	if err != nil {
		return fail(phrase.Of("edge.do.credentials"), c.name, err)
	}
	_, err = client.GetInvalidation(ctx, &cloudfrontsdk.GetInvalidationInput{DistributionId: &c.distribution, Id: idOf(nil)})
	var unknown *types.NoSuchInvalidation
	if err == nil || errors.As(err, &unknown) {
		return nil
	}
	return c.explain(err)
}
