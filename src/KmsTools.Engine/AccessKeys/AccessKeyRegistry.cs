using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using KmsTools.Authorization;
using KmsTools.Cryptography;
using KmsTools.Keys;
using KmsTools.Persistence;
using KmsTools.Pipeline;
using Members = KmsTools.AuditNames.Members;

namespace KmsTools.AccessKeys;

/// <summary>
/// The access keys of a store: what IAM is to AWS KMS. A call over HTTP is signed with one and is made as its principal.
/// </summary>
public sealed class AccessKeyRegistry
{
    private const int MaxIdLength = 128;
    private const int SecretBytes = 30;

    private readonly StateStoreProperties _properties;
    private readonly RootKey _rootKey;
    private readonly SnapshotCache _snapshots;
    private readonly Administration _administration;

    internal AccessKeyRegistry(
        StateStoreProperties properties, RootKey rootKey, SnapshotCache snapshots, Administration administration)
    {
        _properties = properties;
        _rootKey = rootKey;
        _snapshots = snapshots;
        _administration = administration;
    }

    /// <summary>Creates an access key.</summary>
    /// <param name="principalArn">The principal that signs with it; null for the user of the operating system.</param>
    /// <param name="caller">The caller who creates it; null for the user of the operating system.</param>
    /// <exception cref="ArgumentException">The principal is not valid, or belongs to another account.</exception>
    public NewAccessKey Create(string? principalArn = null, Caller? caller = null)
    {
        principalArn ??= LocalPrincipal;
        return Add(
            new AdministrativeAct(AuditNames.CreateAccessKey, caller).With(Members.PrincipalArn, principalArn),
            UniqueIds.NewAccessKey(),
            NewSecret(),
            principalArn);
    }

    /// <summary>Adds an access key with a secret that was chosen elsewhere.</summary>
    /// <param name="accessKeyId">The ID: letters, digits, hyphens and underscores.</param>
    /// <param name="secretAccessKey">The secret.</param>
    /// <param name="principalArn">The principal that signs with it; null for the user of the operating system.</param>
    /// <param name="caller">The caller who adds it; null for the user of the operating system.</param>
    /// <exception cref="ArgumentException">
    /// The ID is malformed or taken, the secret is empty, or the principal is not valid or belongs to another account.
    /// </exception>
    public NewAccessKey Add(string accessKeyId, string secretAccessKey, string? principalArn = null, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(accessKeyId);
        ArgumentNullException.ThrowIfNull(secretAccessKey);
        principalArn ??= LocalPrincipal;
        return Add(
            new AdministrativeAct(AuditNames.AddAccessKey, caller).With(Members.AccessKeyId, accessKeyId)
                .With(Members.PrincipalArn, principalArn),
            accessKeyId,
            secretAccessKey,
            principalArn);
    }

    /// <summary>All access keys in the order of their IDs, without their secrets.</summary>
    public ImmutableArray<AccessKeyMetadata> List()
    {
        using IStateReader state = _snapshots.Open();
        return
        [
            .. state.ListAccessKeys().Select(static accessKey =>
                new AccessKeyMetadata(accessKey.AccessKeyId, accessKey.PrincipalArn, accessKey.CreationDate.UtcDateTime)),
        ];
    }

    /// <summary>The access keys of a user, or of a role and its sessions, in the order of their IDs, without their secrets.</summary>
    /// <param name="principal">The user or role. A group has none.</param>
    public ImmutableArray<AccessKeyMetadata> ListOf(Principal principal)
    {
        ArgumentNullException.ThrowIfNull(principal);
        return [.. List().Where(accessKey => PrincipalUses.IsOf(accessKey.PrincipalArn, principal))];
    }

    /// <summary>Removes an access key. Calls signed with it are refused from then on.</summary>
    /// <param name="accessKeyId">The ID.</param>
    /// <param name="caller">The caller who removes it; null for the user of the operating system.</param>
    /// <returns>Whether the access key existed.</returns>
    public bool Remove(string accessKeyId, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(accessKeyId);
        AdministrativeAct act = new AdministrativeAct(AuditNames.RemoveAccessKey, caller).With(Members.AccessKeyId, accessKeyId);
        return _administration.Do(act, (context, transaction) =>
        {
            if (transaction.FindAccessKey(accessKeyId) is not { } accessKey)
            {
                context.Refusal = new AdministrativeRefusal("NoSuchEntityException", $"Access key {accessKeyId} does not exist.");
                return false;
            }

            context.AdditionalEventData[Members.PrincipalArn] = accessKey.PrincipalArn;
            transaction.DeleteAccessKey(accessKeyId);
            return true;
        });
    }

    /// <summary>A new secret: 40 characters.</summary>
    internal static string NewSecret() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(SecretBytes));

    /// <summary>
    /// What the secret of an access key is bound to. The principal is part of it: a process that can write to state.db cannot assign a
    /// secret to another principal.
    /// </summary>
    internal static string WrappingContext(string installationId, string accessKeyId, string principalArn) =>
        $"access key {installationId} {accessKeyId} {principalArn}";

    /// <summary>An access key whose secret is wrapped by the generation of the root key that wraps now.</summary>
    internal static AccessKey WrapAgain(RootKey rootKey, string installationId, AccessKey accessKey) => accessKey with
    {
        WrappedSecret =
        [
            .. WrappedValue.WrapAgain(
                rootKey,
                accessKey.WrappedSecret.AsSpan(),
                WrappingContext(installationId, accessKey.AccessKeyId, accessKey.PrincipalArn),
                SecretOf(accessKey.AccessKeyId),
                DamageOf(accessKey.AccessKeyId)),
        ],
    };

    /// <summary>Unwraps the secret of an access key, in UTF-8. The caller disposes of it.</summary>
    internal static Secret OpenSecret(RootKey rootKey, string installationId, AccessKey accessKey) => OpenSecret(
        rootKey,
        accessKey.AccessKeyId,
        accessKey.WrappedSecret,
        WrappingContext(installationId, accessKey.AccessKeyId, accessKey.PrincipalArn));

    /// <summary>Unwraps the secret of credentials, in UTF-8. The caller disposes of it.</summary>
    internal static Secret OpenSecret(RootKey rootKey, string accessKeyId, ImmutableArray<byte> wrapped, string context) =>
        WrappedValue.Open(
            rootKey,
            wrapped.AsSpan(),
            context,
            SecretOf(accessKeyId),
            DamageOf(accessKeyId));

    private static string SecretOf(string accessKeyId) => $"The secret of access key {accessKeyId}";

    private static StoreDamage DamageOf(string accessKeyId) => new("access_keys", $"access_key_id={accessKeyId}");

    private string LocalPrincipal => Caller.LocalUser(_properties.AccountId).PrincipalArn;

    private NewAccessKey Add(AdministrativeAct act, string accessKeyId, string secretAccessKey, string principalArn) =>
        _administration.Do(act, (context, transaction) =>
        {
            RequireId(accessKeyId);
            ArgumentException.ThrowIfNullOrEmpty(secretAccessKey);
            RequirePrincipal(principalArn);
            if (transaction.FindAccessKey(accessKeyId) is not null)
            {
                throw new ArgumentException($"An access key with the ID {accessKeyId} exists already.", nameof(accessKeyId));
            }

            AccessKey accessKey = new()
            {
                AccessKeyId = accessKeyId,
                PrincipalArn = principalArn,
                CreationDate = context.Now,
                WrappedSecret = Wrap(secretAccessKey, WrappingContext(_properties.InstallationId, accessKeyId, principalArn)),
            };
            transaction.InsertAccessKey(accessKey);
            context.ResponseElements[Members.AccessKeyId] = accessKeyId;
            return new NewAccessKey(accessKeyId, secretAccessKey, principalArn, accessKey.CreationDate.UtcDateTime);
        });

    private ImmutableArray<byte> Wrap(string secret, string context)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(secret);
        try
        {
            return [.. _rootKey.Wrap(bytes, context)];
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static void RequireId(string accessKeyId)
    {
        if (accessKeyId.Length is 0 or > MaxIdLength || !accessKeyId.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
        {
            throw new ArgumentException(
                $"'{accessKeyId}' cannot be the ID of an access key: use letters, digits, hyphens and underscores.",
                nameof(accessKeyId));
        }
    }

    private void RequirePrincipal(string principalArn)
    {
        if (principalArn.Split(':') is not [_, _, _, _, var account, _] || account != _properties.AccountId
            || !Principals.IsAccountOrIdentity(principalArn))
        {
            throw new ArgumentException(
                $"'{principalArn}' is not a valid principal of account {_properties.AccountId}, such as "
                    + $"arn:aws:iam::{_properties.AccountId}:user/alice.",
                nameof(principalArn));
        }
    }
}
