using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using KmsTools.Cryptography;
using KmsTools.Keys;
using KmsTools.Persistence;

namespace KmsTools.AccessKeys;

/// <summary>The access keys of a store: what IAM is to AWS KMS. A call over HTTP is signed with one, and is made by its principal.</summary>
public sealed class AccessKeyRegistry
{
    private const string IdPrefix = "AKIA";
    private const string IdAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private const int MaxIdLength = 128;
    private const int SecretBytes = 30;

    private readonly IStateStore _store;
    private readonly KmsEngine _engine;

    internal AccessKeyRegistry(IStateStore store, KmsEngine engine)
    {
        _store = store;
        _engine = engine;
    }

    /// <summary>Makes an access key.</summary>
    /// <param name="principalArn">Who signs with it; null for the user of the operating system.</param>
    /// <exception cref="ArgumentException">The principal is none, or of another account.</exception>
    public NewAccessKey Create(string? principalArn = null) => Add(
        IdPrefix + RandomNumberGenerator.GetString(IdAlphabet, 16),
        Convert.ToBase64String(RandomNumberGenerator.GetBytes(SecretBytes)),
        principalArn);

    /// <summary>Adds an access key with a secret that was chosen elsewhere.</summary>
    /// <param name="accessKeyId">The ID: letters, digits, hyphens and underscores.</param>
    /// <param name="secretAccessKey">The secret.</param>
    /// <param name="principalArn">Who signs with it; null for the user of the operating system.</param>
    /// <exception cref="ArgumentException">The ID is malformed or taken, the secret is empty, or the principal is none, or of another account.</exception>
    public NewAccessKey Add(string accessKeyId, string secretAccessKey, string? principalArn = null)
    {
        ArgumentNullException.ThrowIfNull(accessKeyId);
        ArgumentException.ThrowIfNullOrEmpty(secretAccessKey);
        if (accessKeyId.Length is 0 or > MaxIdLength || !accessKeyId.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
        {
            throw new ArgumentException($"'{accessKeyId}' cannot be the ID of an access key: use letters, digits, hyphens and underscores.", nameof(accessKeyId));
        }

        principalArn ??= Caller.LocalUser(_store.Properties.AccountId).PrincipalArn;
        if (principalArn.Split(':') is not [_, _, _, _, var account, _] || account != _store.Properties.AccountId
            || !Principals.IsAccountOrIdentity(principalArn))
        {
            throw new ArgumentException(
                $"'{principalArn}' is no principal of account {_store.Properties.AccountId}, such as arn:aws:iam::{_store.Properties.AccountId}:user/alice.",
                nameof(principalArn));
        }

        using IStateTransaction transaction = _store.BeginTransaction();
        if (transaction.FindAccessKey(accessKeyId) is not null)
        {
            throw new ArgumentException($"An access key with the ID {accessKeyId} exists already.", nameof(accessKeyId));
        }

        var accessKey = new AccessKey
        {
            AccessKeyId = accessKeyId,
            PrincipalArn = principalArn,
            CreationDate = _engine.Now(transaction),
            WrappedSecret = [.. _store.RootKey.Wrap(Encoding.UTF8.GetBytes(secretAccessKey), WrappingContext(accessKeyId, principalArn))],
        };
        transaction.InsertAccessKey(accessKey);
        transaction.Commit();
        return new NewAccessKey(accessKeyId, secretAccessKey, principalArn, accessKey.CreationDate.UtcDateTime);
    }

    /// <summary>All access keys in the order of their IDs, without their secrets.</summary>
    public ImmutableArray<AccessKeyMetadata> List()
    {
        using IStateReader state = _engine.OpenReader();
        return
        [
            .. state.ListAccessKeys().Select(static accessKey =>
                new AccessKeyMetadata(accessKey.AccessKeyId, accessKey.PrincipalArn, accessKey.CreationDate.UtcDateTime)),
        ];
    }

    /// <summary>The access key as it is now, or null. Costs next to nothing while the store does not change.</summary>
    public AccessKey? Find(string accessKeyId)
    {
        using IStateReader state = _engine.OpenReader();
        return state.FindAccessKey(accessKeyId);
    }

    /// <summary>The secret of an access key, in UTF-8, to be lent to what verifies signatures.</summary>
    public Secret OpenSecret(AccessKey accessKey)
    {
        ArgumentNullException.ThrowIfNull(accessKey);
        return _store.RootKey.Unwrap(accessKey.WrappedSecret.AsSpan(), WrappingContext(accessKey.AccessKeyId, accessKey.PrincipalArn));
    }

    /// <summary>Removes an access key. Calls signed with it are refused from then on.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Remove(string accessKeyId)
    {
        ArgumentNullException.ThrowIfNull(accessKeyId);
        using IStateTransaction transaction = _store.BeginTransaction();
        if (transaction.FindAccessKey(accessKeyId) is null)
        {
            return false;
        }

        transaction.DeleteAccessKey(accessKeyId);
        transaction.Commit();
        return true;
    }

    // The principal is part of it: whoever can write to state.db cannot give a secret to another principal.
    private string WrappingContext(string accessKeyId, string principalArn) =>
        $"access key {_store.Properties.InstallationId} {accessKeyId} {principalArn}";
}
