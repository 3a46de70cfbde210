using System.Security.Cryptography;
using KmsTools.Auditing;
using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Sealing;
using KmsTools.Storage.RootKeys;
using KmsTools.Storage.Segments;

namespace KmsTools.Storage.Sqlite;

/// <summary>The files of a store in a folder, read without opening it. Each part is read whatever is wrong with the others.</summary>
internal sealed class ExaminedStore : IExaminedStore
{
    private readonly StoreFolder _folder;
    private readonly Func<Seal, SealKey>? _unlock;
    private RootKeyKeeper? _keys;
    private StoreSecrets? _secrets;
    private ExaminedFile? _file;
    private StateFile? _state;
    private ExaminedFile? _index;
    private SegmentFolder? _segments;
    private bool _hasSegments = true;
    private bool _isSealed;

    private ExaminedStore(StoreFolder folder, Func<Seal, SealKey>? unlock)
    {
        _folder = folder;
        _unlock = unlock;
    }

    public string Location => _folder.Path;

    public ExaminedSecrets? Secrets { get; private set; }

    /// <summary>Looks whether there is a store. Its files are opened by <see cref="VerifyFiles"/>.</summary>
    public static ExaminedStore Open(string path, Func<Seal, SealKey>? unlock)
    {
        StoreFolder folder = new(path);
        if (!Directory.Exists(folder.Path) || folder.FindParts().Length == 0)
        {
            throw new StateStoreException($"The folder '{folder.Path}' has no store.");
        }

        StorePrivacy.Require(folder);
        return new ExaminedStore(folder, unlock);
    }

    public StoreFileVerification VerifyFiles(Action<StoreFinding> found)
    {
        FileVerifier verifier = new(_folder, found);
        StoreFileVerification result = new(0, 0, 0);
        ReadRootKey(verifier, found);
        verifier.Try(_folder.StateFile, () => result = VerifyState(verifier, found));
        if (verifier.HasIndex)
        {
            verifier.TryIndex(() => VerifyIndex(verifier));
        }

        if (_segments is null && _hasSegments)
        {
            found(NotCompared(
                _folder.SegmentsFolder, "The event log was not verified: 'state.db' cannot be asked which store it belongs to."));
        }

        return result;
    }

    public IStateReader OpenReader()
    {
        if (Secrets is null)
        {
            throw new InvalidOperationException("The records cannot be read.");
        }

        // What nobody else has open does not change, and may have room for one connection only.
        if (!_file!.HasOthers)
        {
            return new View(_state!, isOwn: false);
        }

        ExaminedFile another = ExaminedFile.OpenBesideOthers(_folder.StateFile);
        another.Database.AuthenticateRows(Secrets.Store.Rows);
        another.Database.Begin();
        return new View(StateFile.Of(another), isOwn: true);
    }

    public IEnumerable<EventSegmentVerification> VerifyEvents(IReadOnlyCollection<EventSegment> heads) =>
        _segments is null ? [] : new EventVerifier(_segments, new Catalogue(_segments)).Run(heads);

    public bool IsOneState() => _file?.IsOneState() != false && _index?.IsOneState() != false;

    public void Dispose()
    {
        _state?.Dispose();
        _file?.Dispose();
        _index?.Dispose();
        _secrets?.Dispose();
        _keys?.Dispose();
    }

    // What was given to open the seal may be wrong, which says nothing about the store.
    private void ReadRootKey(FileVerifier verifier, Action<StoreFinding> found)
    {
        try
        {
            _keys = new RootKeyKeeper(new FolderRootKey(_folder), _unlock);
        }
        catch (StateStoreException exception) when (exception.SealFault == SealFault.Locked)
        {
            _isSealed = true;
            found(NotCompared(
                _folder.RootKeyFile,
                "The store is sealed, and nothing was given that opens it: the MACs of its records and its secrets were not verified."));
        }
        catch (Exception exception) when (exception is StateStoreException { SealFault: null or SealFault.ForeignSlot } or IOException
            or UnauthorizedAccessException)
        {
            verifier.Add(_folder.RootKeyFile, exception.Message);
        }
    }

    private StoreFileVerification VerifyState(FileVerifier verifier, Action<StoreFinding> found)
    {
        if (!File.Exists(_folder.StateFile) || new FileInfo(_folder.StateFile).Length == 0)
        {
            throw _folder.Incomplete(_folder.FindParts());
        }

        try
        {
            _file = ExaminedFile.Open(_folder.StateFile);
            if (Schema.State.IsOfOther(_file.Database))
            {
                throw _folder.ForeignState();
            }

            Schema.State.RequireKnown(_file.Database);
        }
        catch (StateStoreException exception) when (exception is { IsDamage: true, InnerException: SqliteError })
        {
            // Whatever SQLite calls it: beside the other files of a store it is the state of one.
            verifier.Add(
                _folder.StateFile, "'state.db' is damaged: its beginning cannot be read. Restore the folder of the store from a backup.");
            return new StoreFileVerification(0, 0, 0);
        }

        if (Schema.IsEmpty(_file.Database))
        {
            throw _folder.Incomplete(_folder.FindParts());
        }

        long version = _file.Database.ReadNumber("PRAGMA user_version");
        _state = StateFile.Of(_file);
        long logged = 0;
        _hasSegments = version >= Schema.SegmentsVersion;
        if (_hasSegments)
        {
            verifier.Try(_folder.StateFile, () => _segments = LostCommits.SegmentsOf(_folder, _state));
            verifier.Try(_folder.SegmentsFolder, () => logged = _segments is null ? 0 : LostCommits.ReadLogged(_folder, _state));
        }

        // After the log was read, as it may grow.
        _file.Database.Begin();
        bool hasSchema = version == Schema.State.Version;
        if (!hasSchema)
        {
            found(NotCompared(
                _folder.StateFile,
                $"'state.db' has schema version {version}, and this version of KmsTools verifies {Schema.State.Version}: the MACs of its "
                    + "records and its secrets were not verified. They can be when the store was opened, which upgrades it."));
        }
        else if (_keys is not null)
        {
            verifier.Try(_folder.StateFile, () => OpenSecrets(verifier));
        }

        if (hasSchema && Secrets is null && !_isSealed)
        {
            found(NotCompared(
                _folder.StateFile,
                "The MACs of records and the secrets in them were not verified: the root key or the secrets of the store cannot be read."));
        }

        return verifier.VerifyState(_state, logged, hasSchema, hasRowMacs: Secrets is not null);
    }

    private void OpenSecrets(FileVerifier verifier)
    {
        try
        {
            _keys!.RequireOf(_state!.Store);
        }
        catch (StateStoreException exception) when (exception.InnerException is CryptographicException)
        {
            verifier.Add(_folder.RootKeyFile, exception.Message);
            return;
        }

        _secrets = StoredSecrets.Read(_folder, _state, _keys.RootKey);
        _file!.Database.AuthenticateRows(_secrets.Rows);
        Secrets = new ExaminedSecrets(_state.Store.ReadInstallationId(), _keys.RootKey, _secrets);
    }

    private void VerifyIndex(FileVerifier verifier)
    {
        _index = ExaminedFile.Open(_folder.EventsFile);

        // One of another version is made again when the store is opened.
        if (_index.Database.ReadNumber("PRAGMA user_version") == Schema.Events.Version)
        {
            verifier.VerifyIndex(_index.Database);
            if (_segments is not null)
            {
                verifier.CompareIndex(_segments, EventIndexConnection.Of(_index));
            }
        }
    }

    private static StoreFinding NotCompared(string file, string message) =>
        new(StoreFindingKind.NOT_COMPARED, Path.GetFileName(file), message) { Path = file };

    private sealed class View(StateFile state, bool isOwn) : StateView(state)
    {
        protected override void GiveBack(StateConnection connection)
        {
            if (isOwn)
            {
                connection.Dispose();
            }
        }
    }
}
