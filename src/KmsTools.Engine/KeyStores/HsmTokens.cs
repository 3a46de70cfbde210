using System.Collections.Immutable;
using KmsTools.Cryptography;
using Members = KmsTools.AuditNames.Members;

namespace KmsTools.KeyStores;

/// <summary>The tokens of PKCS#11 libraries, whether or not they belong to a cluster.</summary>
public sealed class HsmTokens
{
    private readonly bool _isTemporary;
    private readonly HsmConnections _hsms;
    private readonly Administration _administration;

    internal HsmTokens(bool isTemporary, HsmConnections hsms, Administration administration)
    {
        _isTemporary = isTemporary;
        _hsms = hsms;
        _administration = administration;
    }

    /// <summary>The initialised tokens of a PKCS#11 library, without logging in.</summary>
    /// <param name="library">Path of the library.</param>
    /// <exception cref="HsmException">The library cannot be loaded or initialised.</exception>
    public ImmutableArray<HsmStatus> List(string library) => _hsms.Provider.ListTokens(library);

    /// <summary>Creates a lab token: initialises a free slot of a PKCS#11 library and sets the PIN of its crypto user.</summary>
    /// <param name="library">Path of the library.</param>
    /// <param name="tokenLabel">The label of the new token, 1-32 bytes of UTF-8.</param>
    /// <param name="securityOfficerPin">PIN of the security officer (UTF-8).</param>
    /// <param name="userPin">PIN of the crypto user (UTF-8).</param>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <exception cref="HsmException">No slot is free, the label is taken, or a PIN is not accepted.</exception>
    public HsmStatus Initialize(
        string library, string tokenLabel, ReadOnlySpan<byte> securityOfficerPin, ReadOnlySpan<byte> userPin, Caller? caller = null)
    {
        using Secret officer = Secret.CopyOf(securityOfficerPin);
        using Secret user = Secret.CopyOf(userPin);
        return Initialize(library, tokenLabel, officer, user, caller);
    }

    /// <summary>Creates a lab token from the free token that a PKCS#11 URI names.</summary>
    /// <param name="uri">The URI: the library, the label of the new token, and what selects the free one.</param>
    /// <param name="securityOfficerPin">PIN of the security officer (UTF-8).</param>
    /// <param name="userPin">PIN of the crypto user (UTF-8); null uses that of the URI.</param>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <exception cref="HsmException">No such token is free, the label is taken, or a PIN is not accepted.</exception>
    /// <exception cref="ArgumentException">The URI is invalid, or no PIN is given.</exception>
    public HsmStatus Initialize(string uri, Secret securityOfficerPin, Secret? userPin = null, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(uri);
        ArgumentNullException.ThrowIfNull(securityOfficerPin);
        AdministrativeAct act = new AdministrativeAct(AuditNames.InitializeHsm, caller).With(Members.Uri, HsmUri.WithoutPin(uri));
        return _administration.Do(act, context =>
        {
            using NamedTokens named = NamedTokens.Read(_hsms.Provider, [uri], library: null, _isTemporary);
            using Secret? ofUri = userPin is null ? PinFile.Read(named.PinFile, named.Pin) : null;
            Secret user = userPin ?? ofUri ?? throw new ArgumentException(
                "The PIN of the crypto user is missing: give one, or name its file in the URI with pin-source.", nameof(userPin));
            return Initialize(context, named.Library, named.Tokens[0].Selector, securityOfficerPin, user);
        });
    }

    /// <summary>Creates a lab token: initialises a free slot of a PKCS#11 library and sets the PIN of its crypto user.</summary>
    /// <param name="library">Path of the library.</param>
    /// <param name="tokenLabel">The label of the new token, 1-32 bytes of UTF-8.</param>
    /// <param name="securityOfficerPin">PIN of the security officer (UTF-8).</param>
    /// <param name="userPin">PIN of the crypto user (UTF-8).</param>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <exception cref="HsmException">No slot is free, the label is taken, or a PIN is not accepted.</exception>
    public HsmStatus Initialize(string library, string tokenLabel, Secret securityOfficerPin, Secret userPin, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(tokenLabel);
        return _administration.Do(
            new AdministrativeAct(AuditNames.InitializeHsm, caller).With(Members.Library, library).With(Members.TokenLabel, tokenLabel),
            context => Initialize(context, library, TokenSelector.OfLabel(tokenLabel), securityOfficerPin, userPin));
    }

    private HsmStatus Initialize(
        AdministrativeContext context, string library, TokenSelector token, Secret securityOfficerPin, Secret userPin)
    {
        // A span cannot be passed to a lambda, so one of the two PINs is copied.
        byte[] officerPin = GC.AllocateUninitializedArray<byte>(securityOfficerPin.Length, pinned: true);
        try
        {
            securityOfficerPin.Use(pin => pin.CopyTo(officerPin));
            HsmStatus made = userPin.Use(pin => _hsms.Provider.InitializeToken(library, token, officerPin, pin));
            context.ResponseElements[Members.TokenLabel] = made.TokenLabel;
            context.ResponseElements[Members.SerialNumber] = made.SerialNumber;
            return made;
        }
        finally
        {
            Array.Clear(officerPin);
        }
    }
}
