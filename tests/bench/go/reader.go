package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/guardduty"
	guarddutytypes "github.com/aws/aws-sdk-go-v2/service/guardduty/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

type reader struct {
	base  aws.Config
	slots chan struct{}
	group sync.WaitGroup
}

// withoutAccount takes the account id off the host of S3 Control, which is an IP address here.
func withoutAccount(id string) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("withoutAccount",
			func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
				if request, ok := in.Request.(*smithyhttp.Request); ok {
					request.URL.Host = strings.TrimPrefix(request.URL.Host, id+".")
				}
				return next.HandleFinalize(ctx, in)
			}), "Signing", middleware.Before)
	}
}

// spawn runs a function when one of the slots is free.
func (r *reader) spawn(work func()) {
	r.group.Add(1)
	go func() {
		defer r.group.Done()
		r.slots <- struct{}{}
		defer func() { <-r.slots }()
		work()
	}()
}

// answered tells whether the service answered, be it with an error of its own; anything else ends
// the program, since the figures would mean nothing.
func answered(err error) bool {
	var api smithy.APIError

	if err != nil && !errors.As(err, &api) {
		log.Fatal(err)
	}
	return err == nil
}

func (r *reader) members(ctx context.Context) []string {
	client := organizations.NewFromConfig(r.base)
	described, err := client.DescribeOrganization(ctx, nil)
	if err != nil {
		log.Fatal(err)
	}
	var ids []string
	for pages := organizations.NewListAccountsPaginator(client, nil); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			log.Fatal(err)
		}
		for _, account := range page.Accounts {
			active := account.State == "ACTIVE" || account.Status == "ACTIVE"
			if active && *account.Id != *described.Organization.MasterAccountId {
				ids = append(ids, *account.Id)
			}
		}
	}
	return ids
}

// readOrganization reads so many accounts and returns how many could be entered.
func (r *reader) readOrganization(ctx context.Context, limit int) int64 {
	var entered atomic.Int64

	ids := r.members(ctx)
	client := sts.NewFromConfig(r.base)
	for _, id := range ids[:min(limit, len(ids))] {
		r.spawn(func() {
			role := fmt.Sprintf("arn:aws:iam::%s:role/ReeveRemediation", id)
			assumed, err := client.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("bench"), ExternalId: aws.String("reeve-sim")})
			if !answered(err) {
				return
			}
			entered.Add(1)
			own := r.base.Copy()
			own.Credentials = credentials.NewStaticCredentialsProvider(*assumed.Credentials.AccessKeyId, *assumed.Credentials.SecretAccessKey, *assumed.Credentials.SessionToken)
			r.readAccount(ctx, own, id)
		})
	}
	r.group.Wait()
	return entered.Load()
}

// enabled returns the names of the regions that an account can use.
func enabled(regions []ec2types.Region) []string {
	var names []string

	for _, region := range regions {
		if aws.ToString(region.OptInStatus) != "not-opted-in" {
			names = append(names, *region.RegionName)
		}
	}
	return names
}

func (r *reader) readAccount(ctx context.Context, own aws.Config, id string) {
	r.spawn(func() {
		control := s3control.NewFromConfig(own, func(o *s3control.Options) { o.APIOptions = append(o.APIOptions, withoutAccount(id)) })
		_, err := control.GetPublicAccessBlock(ctx, &s3control.GetPublicAccessBlockInput{AccountId: &id})
		answered(err)
		readUsers(ctx, iam.NewFromConfig(own))
		readBuckets(ctx, s3.NewFromConfig(own, func(o *s3.Options) { o.UsePathStyle = true }), own.Region)
	})
	described, err := ec2.NewFromConfig(own).DescribeRegions(ctx, &ec2.DescribeRegionsInput{})
	if !answered(err) {
		return
	}
	for _, region := range enabled(described.Regions) {
		r.spawn(func() {
			readDetectors(ctx, guardduty.NewFromConfig(own, func(o *guardduty.Options) { o.Region = region }))
		})
	}
}

func readUsers(ctx context.Context, client *iam.Client) {
	_, err := client.GetAccountSummary(ctx, nil)
	answered(err)
	users, err := client.ListUsers(ctx, nil)
	if !answered(err) {
		return
	}
	for _, user := range users.Users {
		if _, err := client.GetLoginProfile(ctx, &iam.GetLoginProfileInput{UserName: user.UserName}); !answered(err) {
			continue
		}
		devices, err := client.ListMFADevices(ctx, &iam.ListMFADevicesInput{UserName: user.UserName})
		if answered(err) && len(devices.MFADevices) == 0 {
			_, err = client.GetUserPolicy(ctx, &iam.GetUserPolicyInput{UserName: user.UserName, PolicyName: aws.String("ReeveDenyWithoutMFA")})
			answered(err)
		}
	}
}

// encryptedByKMS tells whether the bucket's default encryption is one of KMS's.
func encryptedByKMS(found *s3.GetBucketEncryptionOutput) bool {
	if found == nil || found.ServerSideEncryptionConfiguration == nil {
		return false
	}
	for _, rule := range found.ServerSideEncryptionConfiguration.Rules {
		if by := rule.ApplyServerSideEncryptionByDefault; by != nil && strings.HasPrefix(string(by.SSEAlgorithm), string(s3types.ServerSideEncryptionAwsKms)) {
			return true
		}
	}
	return false
}

func readBuckets(ctx context.Context, client *s3.Client, home string) {
	listed, err := client.ListBuckets(ctx, &s3.ListBucketsInput{MaxBuckets: aws.Int32(1000)})
	if !answered(err) {
		return
	}
	for _, bucket := range listed.Buckets {
		in := func(o *s3.Options) { o.Region = home }
		if bucket.BucketRegion != nil {
			in = func(o *s3.Options) { o.Region = *bucket.BucketRegion }
		}
		found, err := client.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: bucket.Name}, in)
		if answered(err) && encryptedByKMS(found) {
			continue
		}
		if _, err := client.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: bucket.Name}, in); !answered(err) {
			_, err = client.GetBucketAcl(ctx, &s3.GetBucketAclInput{Bucket: bucket.Name}, in)
			answered(err)
		}
	}
}

func readDetectors(ctx context.Context, client *guardduty.Client) {
	listed, err := client.ListDetectors(ctx, nil)
	if !answered(err) {
		return
	}
	for _, id := range listed.DetectorIds {
		detector, err := client.GetDetector(ctx, &guardduty.GetDetectorInput{DetectorId: &id})
		if answered(err) && detector.Status != guarddutytypes.DetectorStatusEnabled {
			_, err = client.GetAdministratorAccount(ctx, &guardduty.GetAdministratorAccountInput{DetectorId: &id})
			answered(err)
		}
	}
}
