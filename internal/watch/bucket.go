package watch

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/safelight-dev/safelight/internal/journal"
)

// Bucket is where images lie below a prefix of a bucket of S3's, or of a store that speaks as S3 does. Two calls are made,
// ListObjectsV2 and GetObject, with the bucket in the path.
type Bucket struct {
	Name     string
	Prefix   string // empty, or ending in a slash
	Endpoint string // empty for Amazon's own
	Region   string // empty for what the environment says
}

// InBucket tells whether a place of the configuration is a bucket and not a folder.
func InBucket(place string) bool { return strings.HasPrefix(place, "s3://") }

var (
	bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	regionName = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)
)

// ParseBucket reads s3://BUCKET/PREFIX, with endpoint and region as parameters where they are not Amazon's own and the
// environment's.
func ParseBucket(place string) (Bucket, error) {
	bad := func(what string) (Bucket, error) {
		return Bucket{}, fmt.Errorf("%.200q: %s, as in s3://images/catalogue?region=eu-west-3: %w", place, what, journal.ErrInvalid)
	}
	u, err := url.Parse(place)
	if err != nil || u.Scheme != "s3" || u.User != nil || u.Fragment != "" || !bucketName.MatchString(u.Host) {
		return bad("write a bucket and a prefix")
	}
	b := Bucket{Name: u.Host, Prefix: strings.TrimPrefix(u.Path, "/")}
	if b.Prefix != "" && !strings.HasSuffix(b.Prefix, "/") {
		b.Prefix += "/"
	}
	for name, values := range u.Query() {
		switch name {
		case "endpoint":
			b.Endpoint = strings.TrimSuffix(values[0], "/")
		case "region":
			b.Region = values[0]
		default:
			return bad("the parameters are endpoint and region")
		}
	}
	at, err := url.Parse(b.Endpoint)
	switch {
	case b.Endpoint != "" && (err != nil || at.Scheme != "http" && at.Scheme != "https" || at.Host == "" || at.User != nil || at.RawQuery != "" || at.Fragment != ""):
		return bad("endpoint is an http or https address without user and password")
	case b.Region != "" && !regionName.MatchString(b.Region):
		return bad("region is the name of one")
	}
	return b, nil
}

// String is the bucket with its prefix.
func (b Bucket) String() string { return "s3://" + b.Name + "/" + b.Prefix }

const (
	bucketTime = 30 * time.Second // until an answer begins
	objectTime = 5 * time.Minute  // until it has ended
	maxPage    = 8 << 20          // bytes of a page of names
	maxRefusal = 64 << 10
)

// object is one of a listing.
type object struct {
	Key      string    `xml:"Key"`
	ETag     string    `xml:"ETag"`
	Size     int64     `xml:"Size"`
	Modified time.Time `xml:"LastModified"`
}

// page is an answer to ListObjectsV2.
type page struct {
	XMLName  xml.Name `xml:"ListBucketResult"`
	Objects  []object `xml:"Contents"`
	More     bool     `xml:"IsTruncated"`
	Next     string   `xml:"NextContinuationToken"`
	Encoding string   `xml:"EncodingType"`
}

// reader asks a bucket. Credentials are found where the programs of AWS find them.
type reader struct {
	Bucket
	client *http.Client
	found  *aws.Config
}

func newReader(b Bucket) *reader {
	return &reader{Bucket: b, client: &http.Client{
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, ResponseHeaderTimeout: bucketTime, TLSHandshakeTimeout: bucketTime, IdleConnTimeout: time.Minute, MaxIdleConnsPerHost: fetchers, MaxResponseHeaderBytes: 64 << 10},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// list gives one page of the objects below the prefix.
func (r *reader) list(ctx context.Context, token string) (page, error) {
	query := url.Values{"list-type": {"2"}, "prefix": {r.Prefix}, "encoding-type": {"url"}}
	if token != "" {
		query.Set("continuation-token", token)
	}
	body, err := r.get(ctx, "", query, "")
	if err != nil {
		return page{}, err
	}
	defer body.Close()
	text, err := io.ReadAll(io.LimitReader(body, maxPage+1))
	if err != nil {
		return page{}, err
	}
	return parsePage(text)
}

// parsePage reads a page, whose names may be escaped: XML cannot write all of them.
func parsePage(text []byte) (page, error) {
	var p page
	if len(text) > maxPage {
		return p, fmt.Errorf("a page of names has more than %d bytes: %w", maxPage, journal.ErrTooLarge)
	}
	if err := xml.Unmarshal(text, &p); err != nil {
		return p, fmt.Errorf("what answers there is no listing of a bucket: %w", journal.ErrInvalid)
	}
	for i := range p.Objects {
		if p.Encoding != "url" {
			break
		}
		key, err := url.QueryUnescape(p.Objects[i].Key)
		if err != nil {
			return p, fmt.Errorf("the listing has a name that is not escaped as it says: %w", journal.ErrInvalid)
		}
		p.Objects[i].Key = key
	}
	return p, nil
}

// errChanged says that an object is not the one that was listed.
var errChanged = errors.New("it has changed since it was listed")

// open gives the bytes of the very object that was listed.
func (r *reader) open(ctx context.Context, o object) (io.ReadCloser, error) {
	return r.get(ctx, o.Key, nil, o.ETag)
}

// get makes one signed request, whose answer ends in time.
func (r *reader) get(ctx context.Context, key string, query url.Values, etag string) (io.ReadCloser, error) {
	ctx, cancel := context.WithTimeout(ctx, objectTime)
	body, err := r.ask(ctx, key, query, etag)
	if err != nil {
		cancel()
		return nil, err
	}
	return &answer{body, cancel}, nil
}

// answer frees its timer when it is closed.
type answer struct {
	io.ReadCloser
	cancel context.CancelFunc
}

// Close ends the answer.
func (a *answer) Close() error {
	defer a.cancel()
	return a.ReadCloser.Close()
}

func (r *reader) ask(ctx context.Context, key string, query url.Values, etag string) (io.ReadCloser, error) {
	found, err := r.credentials(ctx)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.address(found.Region), nil)
	if err != nil {
		return nil, err
	}
	path := strings.TrimSuffix(req.URL.Path, "/") + "/" + r.Name + "/" + key
	req.URL.Path, req.URL.RawPath = path, escapePath(path)
	req.URL.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20")
	if etag != "" {
		req.Header.Set("If-Match", etag)
	}
	if err := sign(ctx, req, found); err != nil {
		return nil, err
	}
	res, err := r.client.Do(req)
	if err != nil {
		var of *url.Error
		if errors.As(err, &of) {
			err = of.Err
		}
		return nil, err
	}
	switch {
	case res.StatusCode == http.StatusOK && (etag == "" || res.Header.Get("ETag") == etag):
		return res.Body, nil
	case res.StatusCode == http.StatusOK, res.StatusCode == http.StatusPreconditionFailed, key != "" && res.StatusCode == http.StatusNotFound:
		res.Body.Close()
		return nil, errChanged
	}
	defer res.Body.Close()
	return nil, refusal(res)
}

// address is that of the service.
func (r *reader) address(region string) string {
	if r.Endpoint != "" {
		return r.Endpoint
	}
	return "https://s3." + region + ".amazonaws.com"
}

// credentials are looked for once; the SDK renews them.
func (r *reader) credentials(ctx context.Context) (aws.Config, error) {
	if r.found == nil {
		options := []func(*config.LoadOptions) error{config.WithDefaultRegion("us-east-1")}
		if r.Region != "" {
			options = append(options, config.WithRegion(r.Region))
		}
		found, err := config.LoadDefaultConfig(ctx, options...)
		if err != nil {
			return aws.Config{}, fmt.Errorf("find credentials: %w", err)
		}
		r.found = &found
	}
	return *r.found, nil
}

// emptyBody is the SHA-256 of nothing.
const emptyBody = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

func sign(ctx context.Context, req *http.Request, found aws.Config) error {
	if found.Credentials == nil {
		return errors.New("find credentials: there are none")
	}
	who, err := found.Credentials.Retrieve(ctx)
	if err != nil {
		return fmt.Errorf("find credentials: %w", err)
	}
	req.Header.Set("X-Amz-Content-Sha256", emptyBody)
	return v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true }).SignHTTP(ctx, who, req, emptyBody, "s3", found.Region, time.Now())
}

// escapePath escapes all that the signature's canonical path does (Amazon S3, Signature Version 4: UriEncode).
func escapePath(path string) string {
	var b strings.Builder
	for _, c := range []byte(path) {
		if c == '/' || c == '-' || c == '_' || c == '.' || c == '~' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// refusal says why the service does not.
func refusal(res *http.Response) error {
	var said struct {
		Code    string `xml:"Code"`
		Message string `xml:"Message"`
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, maxRefusal))
	if err != nil || xml.Unmarshal(text, &said) != nil || said.Code == "" {
		return fmt.Errorf("it answers with status %d", res.StatusCode)
	}
	return fmt.Errorf("it answers with status %d, %.60q: %.200q", res.StatusCode, said.Code, said.Message)
}
