using System.Text.Json;
using KmsTools.Authorization;
using KmsTools.Identifiers;

namespace KmsTools.Auditing;

/// <content>Writes who calls. Source: "CloudTrail userIdentity element", AWS CloudTrail User Guide.</content>
internal static partial class AuditWriter
{
    private static void WriteIdentity(Utf8JsonWriter writer, CallerIdentity identity)
    {
        writer.WriteStartObject("userIdentity"u8);
        if (identity.Arn is { } arn)
        {
            WritePrincipal(writer, identity, arn);
        }
        else if (identity.Service is { } service)
        {
            writer.WriteString("type"u8, "AWSService"u8);
            writer.WriteString("invokedBy"u8, service);
        }
        else
        {
            writer.WriteString("type"u8, "Unknown"u8);
            writer.WriteString("arn"u8, identity.Caller.PrincipalArn);
        }

        writer.WriteEndObject();
    }

    private static void WritePrincipal(Utf8JsonWriter writer, CallerIdentity identity, PrincipalArn arn)
    {
        writer.WriteString("type"u8, arn.Kind switch
        {
            PrincipalKind.Account => "Root"u8,
            PrincipalKind.User => "IAMUser"u8,
            PrincipalKind.Role => "Role"u8,
            PrincipalKind.AssumedRole => "AssumedRole"u8,
            _ => "FederatedUser"u8,
        });
        writer.WriteString("principalId"u8, UserId.Of(arn, identity.Principal?.UniqueId));
        writer.WriteString("arn"u8, arn.Text);
        writer.WriteString("accountId"u8, arn.AccountId);
        if (identity.Caller.AccessKeyId is { } accessKeyId)
        {
            writer.WriteString("accessKeyId"u8, accessKeyId);
        }

        if (arn.Kind == PrincipalKind.User)
        {
            writer.WriteString("userName"u8, arn.Name);
        }

        if (identity.Caller.Session is { } session)
        {
            WriteSession(writer, identity, session);
        }
    }

    private static void WriteSession(Utf8JsonWriter writer, CallerIdentity identity, CallerSession session)
    {
        writer.WriteStartObject("sessionContext"u8);
        if (identity.Issuer is { } issuer)
        {
            writer.WriteStartObject("sessionIssuer"u8);
            writer.WriteString("type"u8, issuer.Kind switch
            {
                PrincipalKind.Role => "Role"u8,
                PrincipalKind.Account => "Root"u8,
                _ => "IAMUser"u8,
            });
            writer.WriteString("principalId"u8, UserId.Of(issuer, identity.Principal?.UniqueId));
            writer.WriteString("arn"u8, issuer.Text);
            writer.WriteString("accountId"u8, issuer.AccountId);
            if (issuer.Kind != PrincipalKind.Account)
            {
                writer.WriteString("userName"u8, issuer.Name);
            }

            writer.WriteEndObject();
        }

        writer.WriteStartObject("attributes"u8);
        WriteTime(writer, "creationDate"u8, session.IssueTime.UtcDateTime);
        writer.WriteString("mfaAuthenticated"u8, session.MultiFactorAuthPresent ? "true"u8 : "false"u8);
        writer.WriteEndObject();
        if (session.SourceIdentity is { } sourceIdentity)
        {
            writer.WriteString("sourceIdentity"u8, sourceIdentity);
        }

        writer.WriteEndObject();
    }
}
