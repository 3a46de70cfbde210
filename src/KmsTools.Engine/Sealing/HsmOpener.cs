using System.Collections.Immutable;
using System.Security.Cryptography;
using KmsTools.Cryptography;
using KmsTools.KeyStores;

namespace KmsTools.Sealing;

/// <summary>
/// A key in an HSM: AES-256, not extractable. The HSM encrypts the key of the slot with it (AES-GCM), so that only the HSM opens the slot.
/// </summary>
public sealed class HsmOpener : SealOpener
{
    private const int IdSize = 32;
    private const int GcmOverhead = 28;
    private const string NewLabel = "KmsTools seal";

    private readonly Func<IHsmProvider> _provider;
    private readonly string? _uri;
    private readonly Secret? _pin;
    private (HsmCluster Token, byte[] Id)? _made;

    /// <summary>For a new slot.</summary>
    /// <param name="provider">Gives access to HSMs.</param>
    /// <param name="uri">
    /// The PKCS#11 URI of the key (RFC 7512): its token and library, and the label of the key (<c>object</c>) or its ID (<c>id</c>).
    /// Without either, or if there is no key with the label, a key is made.
    /// </param>
    /// <param name="pin">
    /// The PIN (UTF-8); null if the URI names a file that holds it (<c>pin-source</c>). It is used while this object is, and the caller
    /// disposes of it.
    /// </param>
    public HsmOpener(Func<IHsmProvider> provider, string uri, Secret? pin)
        : base(SealSlotKind.HSM)
    {
        ArgumentNullException.ThrowIfNull(uri);
        (_provider, _uri, _pin) = (provider, uri, pin);
    }

    /// <summary>For the slots that there are, which know their HSM.</summary>
    /// <param name="provider">Gives access to HSMs.</param>
    /// <param name="pin">The PIN (UTF-8). It is used while this object is, and the caller disposes of it.</param>
    public HsmOpener(Func<IHsmProvider> provider, Secret pin)
        : base(SealSlotKind.HSM)
    {
        ArgumentNullException.ThrowIfNull(pin);
        (_provider, _pin) = (provider, pin);
    }

    /// <summary>The PKCS#11 URI of the token that a new slot is for; null for the slots that there are.</summary>
    internal string? TokenUri => _uri is null ? null : HsmKeyUri.Parse(_uri).TokenUri;

    /// <summary>The token that the URI of a key for a new slot names.</summary>
    /// <exception cref="ArgumentException">It is malformed, or has the PIN itself.</exception>
    internal static HsmUri ReadToken(HsmKeyUri uri, IHsmProvider provider)
    {
        HsmUri named = provider.ParseUri(uri.TokenUri);
        if (named.Pin is null)
        {
            return named;
        }

        named.Dispose();
        throw new ArgumentException(
            "The PKCS#11 URI has the PIN itself (pin-value), which would be in histories and logs. Give the PIN in another way.");
    }

    /// <summary>The library that a URI names.</summary>
    /// <exception cref="ArgumentException">It names none.</exception>
    internal static string LibraryOf(HsmUri named) => named.Library ?? throw new ArgumentException(
        "The PKCS#11 URI names no library. Add it: ?module-path=/usr/lib/softhsm/libsofthsm2.so");

    internal override (ImmutableArray<byte> Parameters, Secret SlotKey) Lock()
    {
        HsmKeyUri keyUri = HsmKeyUri.Parse(_uri ?? throw new InvalidOperationException("No HSM was named."));
        IHsmProvider provider = _provider();
        using HsmUri named = ReadToken(keyUri, provider);
        HsmCluster token = Find(provider, named, out string tokenUri);
        using Secret pin = PinFile.Read(_pin is null ? named.PinFile : null, _pin)
            ?? throw new ArgumentException("No PIN was given, and the PKCS#11 URI names no file that holds it (pin-source).");
        using IHsmConnection connection = pin.Use(bytes => provider.Connect(token, bytes));
        HsmPlace place = FindKey(connection, keyUri, token, tokenUri);
        Secret slotKey = Secret.Random(SlotKey.Size);
        try
        {
            byte[] wrapped = new byte[SlotKey.Size + GcmOverhead];
            slotKey.Use(bytes => connection.Encrypt(place.Id, bytes, place.AdditionalData, wrapped));
            return ((place with { Wrapped = wrapped }).ToParameters(), slotKey);
        }
        catch
        {
            slotKey.Dispose();
            throw;
        }
    }

    internal override Secret? Unlock(ImmutableArray<byte> parameters)
    {
        HsmPlace place = HsmPlace.Read(parameters) ?? throw Seal.IsDamaged();
        byte[] slotKey = GC.AllocateUninitializedArray<byte>(SlotKey.Size, pinned: true);
        try
        {
            if (place.Wrapped.Length != SlotKey.Size + GcmOverhead)
            {
                throw Seal.IsDamaged();
            }

            IHsmProvider provider = _provider();
            using HsmUri named = provider.ParseUri(place.TokenUri);
            HsmCluster token = Find(provider, named, out _);
            using IHsmConnection connection = _pin!.Use(bytes => provider.Connect(token, bytes));
            connection.Decrypt(place.Id, place.Wrapped, place.AdditionalData, slotKey);
            return Secret.CopyOf(slotKey);
        }
        catch (HsmException exception) when (exception.Failure is HsmFailure.AuthenticationFailed)
        {
            return null;
        }
        catch (HsmException exception)
        {
            throw new SealException(
                exception.Failure == HsmFailure.KeyNotFound ? SealFault.WrongHsmKey : SealFault.HsmUnavailable,
                exception.Failure == HsmFailure.KeyNotFound
                    ? $"The HSM does not have the key that opens the seal, {place.Uri}."
                    : $"The HSM that opens the seal, {place.Uri}, cannot be used: {exception.Message}",
                exception);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(slotKey);
        }
    }

    internal override void Withdraw()
    {
        if (_made is not ({ } token, { } id))
        {
            return;
        }

        _made = null;
        try
        {
            IHsmProvider provider = _provider();
            using HsmUri named = provider.ParseUri(HsmKeyUri.Parse(_uri!).TokenUri);
            using Secret pin = PinFile.Read(_pin is null ? named.PinFile : null, _pin)!;
            using IHsmConnection connection = pin.Use(bytes => provider.Connect(token, bytes));
            connection.DestroyKey(id);
        }
        catch (Exception exception) when (exception is HsmException or ArgumentException)
        {
            // What refused the seal matters more; the key opens nothing.
        }
    }

    internal override SealException IsWrong() => new(
        SealFault.WrongHsmKey, "The key in the HSM is not the one that the seal was made with.");

    private static HsmCluster Find(IHsmProvider provider, HsmUri named, out string tokenUri)
    {
        string library = LibraryOf(named);
        HsmStatus found = provider.Find(library, [named.Token])[0];
        if (found.SerialNumber.Length == 0)
        {
            throw new HsmException(HsmFailure.ClusterNotFound, $"The library '{library}' has no initialised token with {named.Token}.")
            {
                Cause = ErrorCause.MissingToken,
                Library = library,
                TokenLabels = [.. provider.ListTokens(library).Select(static token => token.TokenLabel)],
            };
        }

        HsmToken token = found.ToToken(isNamedByUri: true);
        tokenUri = HsmUri.Of(library, token);
        return new HsmCluster
        {
            ClusterId = "cluster-sealsealseal",
            Library = library,
            Tokens = [token],
            TrustAnchorCertificate = "",
            CreationDate = DateTimeOffset.UnixEpoch,
        };
    }

    private HsmPlace FindKey(IHsmConnection connection, HsmKeyUri named, HsmCluster token, string tokenUri)
    {
        HsmInventory inventory = connection.ListKeys()[0];
        if (inventory.Failure is { } failure)
        {
            throw new HsmException(HsmFailure.Failed, $"The keys of the HSM cannot be listed: {failure}");
        }

        HsmKeyObject[] keys = named.Label is null && named.Id is null
            ? []
            :
            [
                .. inventory.Keys.Where(
                    key => (named.Label is null || key.Label == named.Label) && (named.Id is null || key.Id == named.Id)),
            ];
        switch (keys)
        {
            case [{ CanLeave: true }]:
                throw NotForSeal(
                    HsmFailure.NotPermitted,
                    "The key that the PKCS#11 URI names may leave the HSM. Name one that is sensitive and not extractable, or none: then a "
                        + "key is made.",
                    tokenUri);
            case [{ IsUsable: true, Id.Length: > 0 } key]:
                return new HsmPlace(tokenUri, key.Label, Convert.FromHexString(key.Id), []);
            case [_]:
                throw NotForSeal(
                    HsmFailure.NotPermitted,
                    "The key that the PKCS#11 URI names cannot open a seal: it is no AES-256 key with an ID.",
                    tokenUri);
            case [_, _, ..]:
                throw NotForSeal(
                    HsmFailure.Ambiguous,
                    $"The PKCS#11 URI names {keys.Length} keys. Add the ID of one of them: "
                        + string.Join(", ", keys.Select(static key => $"id={Encoded(key.Id)}")),
                    tokenUri);
            case [] when named.Id is not null:
                throw NotForSeal(HsmFailure.KeyNotFound, "The HSM has no key with the ID that the PKCS#11 URI names.", tokenUri);
        }

        byte[] id = RandomNumberGenerator.GetBytes(IdSize);
        string label = named.Label ?? NewLabel;
        connection.GenerateKey(label, id);
        _made = (token, id);
        return new HsmPlace(tokenUri, label, id, []);
    }

    private static HsmException NotForSeal(HsmFailure failure, string message, string tokenUri) =>
        new(failure, message) { Cause = ErrorCause.KeyNotForSeal, TokenUri = tokenUri };

    private static string Encoded(string hex) => string.Concat(hex.Chunk(2).Select(static octet => $"%{new string(octet)}"));
}
