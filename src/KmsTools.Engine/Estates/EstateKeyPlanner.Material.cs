namespace KmsTools.Estates;

internal sealed partial class EstateKeyPlanner
{
    private void CheckMaterial()
    {
        if (_wanted.Material is not { } material)
        {
            return;
        }

        StateRule(material.Position);
        if (_key.Origin is not (OriginType.AWS_KMS or OriginType.EXTERNAL))
        {
            _plan.Error(material.Position, _key.Origin == OriginType.EXTERNAL_KEY_STORE
                ? "The material of a key in an external key store is made by KMS and by its external key manager, and cannot be given."
                : "The material of a key in a custom key store is made in its HSM and cannot be given.");
            return;
        }

        _plan.Check(material.Position, () =>
        {
            _key.KeySpec.Material.RequireOffered();
            _key.KeySpec.Material.Import(material.Bytes, _plan.State.Signatures).Dispose();
        });
    }

    private void StateRule(SourcePosition position)
    {
        bool simulated = _plan.State.Store.IsSimulatedClock;
        if (_key.Origin != OriginType.EXTERNAL && !simulated)
        {
            _plan.Error(
                position,
                "Key material can be given only to keys in a store with a simulated clock, or to keys with origin EXTERNAL in a temporary "
                    + "one.",
                ErrorCause.SimulatedClockNeeded);
        }
        else if (!simulated && !_plan.State.IsTemporary)
        {
            _plan.Error(
                position,
                "Key material is taken from a file only in temporary stores and in stores with a simulated clock.",
                ErrorCause.MaterialInFile);
        }
    }

    private void AddMaterial()
    {
        if (_wanted.Material is not { } material)
        {
            return;
        }

        if (_present is not null && !_present.Materials.IsEmpty)
        {
            KeyMaterial? same = _plan.State.MaterialIds.TryGetValue((_region, _present.KeyId), out string? id)
                ? _present.FindMaterial(id)
                : null;
            if (same is null)
            {
                _plan.Error(material.Position, $"{_present.Arn} has other key material, which an import cannot change.");
                return;
            }

            if (same.ImportState == ImportState.IMPORTED)
            {
                return;
            }
        }

        if (_key.Origin == OriginType.EXTERNAL)
        {
            _plan.Changes.Add(Change(EstateKind.Key, _wanted.Name, EstateAction.Updated, "Import the key material", material.Position) with
            {
                Steps = [new ImportMaterialStep(_wanted, material)],
                Needs = [_wanted],
            });
            _key = _key with
            {
                Materials = [new KeyMaterial { KeyMaterialId = "", State = KeyMaterialState.CURRENT, CreationDate = default }],
                IsEnabled = true,
            };
        }
    }

    // Imported material is never copied to replicas: each gets the same bytes.
    private void AddMaterialOf(EstateKeyPlanner primary)
    {
        if (primary is { _key.Origin: OriginType.EXTERNAL, _wanted.Material: { } material } && (_present is null || _present.LacksMaterial))
        {
            _plan.Changes.Add(Change(
                EstateKind.Replica,
                primary._wanted.Name,
                EstateAction.Updated,
                $"Import the key material in {_region}",
                material.Position) with
            {
                Steps = [new ImportMaterialStep(_wanted, material)],
                Needs = [_wanted],
            });
            _key = _key with { Materials = primary._key.Materials, IsEnabled = true };
        }
    }
}
