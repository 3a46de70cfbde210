using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using KmsTools.Cryptography;
using KmsTools.Persistence;

namespace KmsTools.KeyStores;

/// <summary>
/// The password of the crypto user, as a custom key store keeps it, and its change. The new password is committed before an HSM is
/// given it, and the old one is discarded after every HSM has confirmed the new one: wherever a process dies, the store knows both, and the
/// next login determines which HSM has which by trying each once.
/// </summary>
internal sealed class CryptoUserPassword(IStateStore store, Func<IHsmProvider> provider)
{
    // The password that AWS generates for kmsuser is at most this long too, and HSMs accept letters and digits.
    private const int Length = 32;

    // A shorter password would be too easy to guess, even where an HSM locks its user.
    private const int MinLength = 7;

    // Of this process alone, so that fingerprints are of no use outside it.
    private static readonly byte[] s_fingerprintKey = RandomNumberGenerator.GetBytes(HMACSHA256.HashSizeInBytes);

    private static readonly byte[] Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"u8.ToArray();

    /// <summary>Wraps the password of a store's crypto user.</summary>
    public static byte[] Wrap(RootKey rootKey, string customKeyStoreId, string password)
    {
        using Secret secret = Secret.TakeOver(Encoding.UTF8.GetBytes(password));
        return Wrap(rootKey, customKeyStoreId, secret);
    }

    /// <summary>Whether a password is the one that a store has.</summary>
    public static bool Is(RootKey rootKey, CustomKeyStore customKeyStore, string password)
    {
        using Secret offered = Secret.TakeOver(Encoding.UTF8.GetBytes(password));
        return Is(rootKey, customKeyStore, offered);
    }

    /// <summary>Whether a password is the one that a store has.</summary>
    public static bool Is(RootKey rootKey, CustomKeyStore customKeyStore, Secret password)
    {
        using Secret kept = Unwrap(rootKey, customKeyStore.CustomKeyStoreId, customKeyStore.WrappedPassword, out _);
        return password.ContentEquals(kept);
    }

    /// <summary>
    /// Whether the password that a store has may be replaced by a PIN that is written down elsewhere. Where the password is managed, such a
    /// PIN is for the first connect only. A password that a connect has generated is kept afterwards too: only the store knows it, and the
    /// PIN would be wrong.
    /// </summary>
    public static bool GivesWay(RootKey rootKey, CustomKeyStore customKeyStore, bool isManaged)
    {
        bool isMade = IsMade(rootKey, customKeyStore);
        return isManaged
            ? !isMade && (customKeyStore.PasswordRefused || customKeyStore.ConnectionGeneration == 0)
            : !isMade || customKeyStore.PasswordRefused;
    }

    /// <summary>
    /// Whether the password that a store has is of the form that <see cref="Change"/> gives it. No one else knows such a password, so it is
    /// lost when another one replaces it.
    /// </summary>
    public static bool IsMade(RootKey rootKey, CustomKeyStore customKeyStore)
    {
        using Secret kept = Unwrap(rootKey, customKeyStore.CustomKeyStoreId, customKeyStore.WrappedPassword, out bool isMarked);
        return isMarked || kept.Use(static password => password.Length == Length && !password.ContainsAnyExcept(Alphabet));
    }

    /// <summary>A custom key store whose passwords are wrapped by the generation of the root key that wraps now.</summary>
    public static CustomKeyStore WrapAgain(RootKey rootKey, CustomKeyStore customKeyStore) => customKeyStore with
    {
        WrappedPassword = WrapAgain(rootKey, customKeyStore.CustomKeyStoreId, customKeyStore.WrappedPassword),
        OtherWrappedPassword = customKeyStore.OtherWrappedPassword is { } other
            ? WrapAgain(rootKey, customKeyStore.CustomKeyStoreId, other)
            : (ReadOnlyMemory<byte>?)null,
    };

    /// <summary>A backup whose password is wrapped by the generation of the root key that wraps now.</summary>
    public static HsmClusterBackup WrapAgain(RootKey rootKey, HsmClusterBackup backup) =>
        backup is { CustomKeyStoreId: { } id, WrappedPassword: { } wrapped }
            ? backup with { WrappedPassword = WrapAgain(rootKey, id, wrapped) }
            : backup;

    /// <summary>Whether two passwords are known and the same.</summary>
    public static bool AreSame(byte[]? left, byte[]? right) =>
        left is not null && right is not null && CryptographicOperations.FixedTimeEquals(left, right);

    /// <summary>
    /// What shows whether the password of a store is that of another (<see cref="AreSame(byte[], byte[])"/>), however the two are
    /// wrapped; null if it cannot be unwrapped any more, because the root key was rotated since the store was read.
    /// </summary>
    public byte[]? Fingerprint(CustomKeyStore customKeyStore) => Fingerprint(customKeyStore, customKeyStore.WrappedPassword);

    /// <summary>Unwraps a password of a store. The caller disposes of it.</summary>
    /// <exception cref="StateStoreException">It cannot be unwrapped: the store is damaged.</exception>
    public static Secret Open(RootKey rootKey, string customKeyStoreId, ReadOnlyMemory<byte> wrapped) =>
        Unwrap(rootKey, customKeyStoreId, wrapped, out _);

    /// <summary>The current password of a store.</summary>
    public Secret Open(CustomKeyStore customKeyStore) => Unwrap(customKeyStore, customKeyStore.WrappedPassword);

    /// <summary>Whether the password that a store has is of the form that <see cref="Change"/> gives it.</summary>
    public bool IsMade(CustomKeyStore customKeyStore) => IsMade(store.RootKey, customKeyStore);

    /// <summary>
    /// Logs in to a cluster. When a change of the password was interrupted it is completed first; the caller then holds the
    /// <see cref="StoreLock"/>, and passes the current custom key store.
    /// </summary>
    /// <param name="customKeyStore">The custom key store.</param>
    /// <param name="cluster">Its cluster.</param>
    /// <param name="now">The custom key store as it is afterwards, with the password that the HSMs accepted.</param>
    /// <exception cref="HsmException">InvalidCredentials: an HSM has none of the passwords that the store knows.</exception>
    public IHsmConnection LogIn(CustomKeyStore customKeyStore, HsmCluster cluster, out CustomKeyStore now)
    {
        now = customKeyStore;
        if (customKeyStore.OtherWrappedPassword is not { } otherWrapped || cluster.Tokens.IsEmpty)
        {
            using Secret password = Open(customKeyStore);
            return password.Use(pin => provider().Connect(cluster, pin));
        }

        Passwords known = PasswordsOf(customKeyStore);
        using Secret former = Open(customKeyStore);
        using Secret next = Unwrap(customKeyStore, otherWrapped);
        bool isComplete = CompleteChange(cluster, former, next);
        now = Save(
            customKeyStore,
            known,
            saved => saved with
            {
                WrappedPassword = saved.OtherWrappedPassword!.Value,
                OtherWrappedPassword = isComplete ? (ReadOnlyMemory<byte>?)null : saved.WrappedPassword,
            }) ?? customKeyStore;
        try
        {
            return next.Use(pin => provider().Connect(cluster, pin));
        }
        catch (HsmException exception) when (!isComplete && exception.Failure == HsmFailure.InvalidCredentials)
        {
            // An HSM that did not answer a moment ago is available again, with the former password.
            throw new HsmException(
                HsmFailure.Unreachable,
                "An HSM of the cluster was away while the password of the crypto user was changed.",
                exception);
        }
    }

    /// <summary>
    /// Gives the crypto user a new random password that only the store knows. The caller holds the <see cref="StoreLock"/>.
    /// </summary>
    /// <returns>
    /// The custom key store with its new password; null when the password stays, because an HSM that would not receive it is unavailable,
    /// or because it was updated or is being changed.
    /// </returns>
    /// <exception cref="HsmException">
    /// InvalidArgument: the HSMs accept no such password, and the old one stays. Otherwise it is not known which one they have, and the
    /// store knows both.
    /// </exception>
    public CustomKeyStore? Change(CustomKeyStore customKeyStore, IHsmConnection connection)
    {
        ImmutableArray<HsmStatus> hsms = connection.Status();
        if (customKeyStore.OtherWrappedPassword is not null || hsms.Any(static hsm => hsm.State != HsmState.ACTIVE))
        {
            return null;
        }

        int length = LengthFor(hsms);
        byte[] characters = GC.AllocateUninitializedArray<byte>(length, pinned: true);
        RandomNumberGenerator.GetItems(Alphabet, characters);
        using Secret password = Secret.TakeOver(characters);
        string id = customKeyStore.CustomKeyStoreId;
        string mark = length == Length ? Context(id) : MarkedContext(id);
        CustomKeyStore Changing(CustomKeyStore now) =>
            now with { OtherWrappedPassword = password.Use(bytes => store.RootKey.Wrap(bytes, mark)) };
        if (Save(customKeyStore, PasswordsOf(customKeyStore), Changing) is not { } changing)
        {
            return null;
        }

        // Before the HSMs are asked: the root key may be rotated in the meantime.
        Passwords known = PasswordsOf(changing);
        try
        {
            password.Use(connection.ChangePin);
        }
        catch (HsmException exception) when (exception is { Failure: HsmFailure.InvalidArgument, IsInDoubt: false })
        {
            // Every HSM has the old one: the next login must not offer this one.
            _ = Save(changing, known, static now => now with { OtherWrappedPassword = null });
            throw;
        }

        static CustomKeyStore Changed(CustomKeyStore now) => now with
        {
            WrappedPassword = now.OtherWrappedPassword!.Value,
            OtherWrappedPassword = null,
            PasswordRefused = false,
        };
        return Save(changing, known, Changed) ?? Changed(changing);
    }

    private static byte[] Wrap(RootKey rootKey, string customKeyStoreId, Secret password) =>
        password.Use(bytes => rootKey.Wrap(bytes, Context(customKeyStoreId)));

    private static string Context(string customKeyStoreId) => $"password/{customKeyStoreId}";

    // Marks generated passwords whose form does not show it: those that are shorter than usual.
    private static string MarkedContext(string customKeyStoreId) => $"generated password/{customKeyStoreId}";

    private static Secret Unwrap(RootKey rootKey, string customKeyStoreId, ReadOnlyMemory<byte> wrapped, out bool isMarked)
    {
        try
        {
            isMarked = false;
            return rootKey.Unwrap(wrapped.Span, Context(customKeyStoreId));
        }
        catch (CryptographicException)
        {
            isMarked = true;
            return WrappedValue.Open(
                rootKey,
                wrapped.Span,
                MarkedContext(customKeyStoreId),
                $"The password of custom key store {customKeyStoreId}",
                new StoreDamage("custom_key_stores", $"custom_key_store_id={customKeyStoreId}"));
        }
    }

    /// <summary>The length of a password that all HSMs accept: as long as possible.</summary>
    /// <exception cref="HsmException">InvalidArgument: there is none that is long enough.</exception>
    private static int LengthFor(ImmutableArray<HsmStatus> hsms)
    {
        int longest = hsms.Min(static hsm => hsm.MaxPinLength ?? Length);
        int shortest = hsms.Max(static hsm => hsm.MinPinLength ?? MinLength);
        int length = Math.Min(Length, longest);
        return length >= Math.Max(shortest, MinLength) ? length : throw new HsmException(
            HsmFailure.InvalidArgument,
            $"The HSMs accept PINs of {shortest} to {longest} bytes, and a generated password has {MinLength} to {Length}.");
    }

    private static ReadOnlyMemory<byte> WrapAgain(RootKey rootKey, string customKeyStoreId, ReadOnlyMemory<byte> wrapped)
    {
        using Secret password = Unwrap(rootKey, customKeyStoreId, wrapped, out bool isMarked);
        string context = isMarked ? MarkedContext(customKeyStoreId) : Context(customKeyStoreId);
        return password.Use(bytes => rootKey.Wrap(bytes, context));
    }

    private byte[]? Fingerprint(CustomKeyStore customKeyStore, ReadOnlyMemory<byte> wrapped)
    {
        try
        {
            using Secret password = Unwrap(customKeyStore, wrapped);
            return password.Use(static bytes => HMACSHA256.HashData(s_fingerprintKey, bytes));
        }
        catch (StateStoreException exception) when (exception.Damage is not null)
        {
            return null;
        }
    }

    private Passwords PasswordsOf(CustomKeyStore customKeyStore) => new(
        Fingerprint(customKeyStore),
        customKeyStore.OtherWrappedPassword is { } other ? Fingerprint(customKeyStore, other) : null,
        customKeyStore.OtherWrappedPassword.HasValue);

    private Secret Unwrap(CustomKeyStore customKeyStore, ReadOnlyMemory<byte> wrapped) =>
        Unwrap(store.RootKey, customKeyStore.CustomKeyStoreId, wrapped, out _);

    // Each HSM separately: the first one may have a different password from the rest.
    private bool CompleteChange(HsmCluster cluster, Secret former, Secret next)
    {
        HsmException? away = null;
        int reached = 0;
        foreach (HsmToken token in cluster.Tokens)
        {
            HsmCluster alone = cluster with { Tokens = [token], HighAvailability = false };
            try
            {
                using IHsmConnection? connection = ConnectOrNull(alone, former);
                if (connection is null)
                {
                    next.Use(pin => provider().Connect(alone, pin)).Dispose();
                }
                else
                {
                    next.Use(connection.ChangePin);
                }

                reached++;
            }
            catch (HsmException exception) when (exception
                .Failure is HsmFailure.Unreachable or HsmFailure.ClusterNotFound or HsmFailure.NoActiveHsm)
            {
                away = exception;
            }
        }

        return reached > 0 || away is null ? away is null : throw away;
    }

    private IHsmConnection? ConnectOrNull(HsmCluster cluster, Secret password)
    {
        try
        {
            return password.Use(pin => provider().Connect(cluster, pin));
        }
        catch (HsmException exception) when (exception.Failure == HsmFailure.InvalidCredentials)
        {
            return null;
        }
    }

    // Changes the custom key store, unless it was given another password in the meantime.
    private CustomKeyStore? Save(CustomKeyStore expected, Passwords known, Func<CustomKeyStore, CustomKeyStore> change)
    {
        using IStateTransaction transaction = store.BeginTransaction();
        if (transaction.FindCustomKeyStore(expected.Region, expected.CustomKeyStoreId) is not { } now
            || !PasswordsOf(now).AreThese(known))
        {
            return null;
        }

        CustomKeyStore changed = WrapAgain(store.RootKey, change(now));
        transaction.UpdateCustomKeyStore(changed);
        transaction.Commit();
        return changed;
    }

    /// <summary>The passwords of a custom key store, however they are wrapped.</summary>
    /// <param name="Current">The fingerprint of the password.</param>
    /// <param name="Other">That of the other one.</param>
    /// <param name="HasOther">Whether there is another one.</param>
    private sealed record Passwords(byte[]? Current, byte[]? Other, bool HasOther)
    {
        public bool AreThese(Passwords known) =>
            AreSame(Current, known.Current) && HasOther == known.HasOther && (!HasOther || AreSame(Other, known.Other));
    }
}
