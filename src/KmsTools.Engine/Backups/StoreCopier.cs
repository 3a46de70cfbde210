using System.Diagnostics;
using System.Globalization;
using KmsTools.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Persistence;
using Members = KmsTools.AuditNames.Members;

namespace KmsTools;

/// <summary>
/// Copies whole stores: from a folder into the database of a shared store, back, and between two of a kind. The store that is copied
/// stays as it
/// is, and can be used in the meantime: what is changed after the moment of the copy is not in it.
/// </summary>
/// <param name="stores">Opens stores.</param>
/// <param name="hsmProvider">Provides access to HSMs when one is first needed.</param>
/// <param name="signatures">Provides the signature algorithms that .NET lacks when a key first needs one.</param>
/// <param name="clock">The clock of stores without a simulated one; null for the system's.</param>
public sealed class StoreCopier(
    IStateStoreFactory stores, Func<IHsmProvider> hsmProvider, Func<ISignatureProvider> signatures, TimeProvider? clock = null)
{
    /// <summary>
    /// Copies a store. The copy is made in a temporary folder and verified as a whole; then it is where it is to be in one step, or one
    /// transaction. The event CopyStore in the copy says where it came from.
    /// </summary>
    /// <param name="from">The store, and what opens it.</param>
    /// <param name="to">A folder that does not exist or is empty, or an initialized database without a store.</param>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <param name="progress">Gets what is being done; null for nothing.</param>
    /// <exception cref="StateStoreException">
    /// The store cannot be opened or is damaged, or there is a store where it is to be. Nothing was copied.
    /// </exception>
    public StoreCopy Copy(StateStoreOptions from, StateStoreOptions to, Caller? caller = null, Action<string>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        long started = Stopwatch.GetTimestamp();
        using IStagedStoreCopy staged = stores.Copies.Begin(from, to, progress);
        progress?.Invoke("Verifying the copy");
        Complete(staged, caller);
        StoreCopyCounts counts = staged.Place(progress);
        return new StoreCopy
        {
            Source = staged.Source,
            Destination = staged.Destination,
            RootKeyFile = staged.Header.IsSealed ? null : to.Shared?.RootKeyFile,
            StoreId = staged.Header.StoreId,
            AccountId = staged.Header.AccountId,
            Region = staged.Header.Region,
            Keys = counts.Keys,
            Records = counts.Records,
            Events = counts.Events,
            NewestChange = staged.Header.NewestChange,
            IsSealed = staged.Header.IsSealed,
            Duration = Stopwatch.GetElapsedTime(started),
        };
    }

    private void Complete(IStagedStoreCopy staged, Caller? caller)
    {
        StateStoreOptions options = new()
        {
            Folder = staged.Folder,
            Unlock = staged.Header.IsSealed ? _ => staged.CopySealKey()! : null,
        };
        using KmsEngine engine = new(stores.Open(options), hsmProvider, signatures, clock);
        RequireWhole(engine, staged.Source);
        AdministrativeAct act = new AdministrativeAct(AuditNames.CopyStore, caller)
            .With(Members.From, staged.Source)
            .With(Members.To, staged.Destination)
            .With(Members.NewestChange, staged.Header.NewestChange);
        engine.Services.Administration.Do(act, (context, _) =>
        {
            context.ResponseElements[Members.Keys] = staged.Header.Keys.ToString(CultureInfo.InvariantCulture);
            return true;
        });
    }

    private static void RequireWhole(KmsEngine engine, string source)
    {
        StoreFinding? first = null;
        StoreVerification verification = engine.Verifier.Run(
            finding => first = first is null && finding.IsDamage ? finding : first, [], comparesHsms: false);
        if (!verification.IsWhole)
        {
            string more = verification.Damages == 1 ? "" : $" There are {verification.Damages - 1} more of such findings.";
            throw new StateStoreException(
                $"The store '{source}' is damaged, and was not copied: {first!.Message}{more} Verify the store, and restore a backup of it.");
        }
    }
}
