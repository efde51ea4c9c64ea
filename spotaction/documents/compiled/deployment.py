"""Made from schemas/deployment.schema.json by tools/compile_schemas.py: `CHECKS` accept what it accepts."""

from spotaction.documents.compiled import MismatchError

import re
REGEX_PATTERNS = {'^([0-9a-f]{8})?$': re.compile('^([0-9a-f]{8})?\\Z'), '^(listener-rule|listener|targetgroup)/': re.compile('^(listener-rule|listener|targetgroup)/'), '^sig-': re.compile('^sig-')}
NoneType = type(None)
def validate(v0):
    if not isinstance(v0, dict):
        raise MismatchError
    v1 = isinstance(v0, dict)
    if v1:
        v2 = set(['version', 'app', 'strategy', 'run', 'image', 'fingerprint', 'deadline', 'capacity', 'snapshot', 'new', 'touched', 'suspended', 'begun', 'finished', 'status', 'reason', 'undone']) - v0.keys()
        if v2:
            raise MismatchError
        v3 = set(v0.keys())
        if 'version' in v3:
            v3.remove('version')
            v4 = v0['version']
            if not (isinstance(v4, (int, float)) and (not isinstance(v4, bool)) and (v4 == 1)):
                raise MismatchError
        if 'app' in v3:
            v3.remove('app')
            v5 = v0['app']
            if not isinstance(v5, str):
                raise MismatchError
            if isinstance(v5, str):
                v6 = len(v5)
                if v6 < 1:
                    raise MismatchError
        if 'strategy' in v3:
            v3.remove('strategy')
            v7 = v0['strategy']
            if not (isinstance(v7, str) and v7 == 'basic' or (isinstance(v7, str) and v7 == 'canary') or (isinstance(v7, str) and v7 == 'blue-green')):
                raise MismatchError
        if 'run' in v3:
            v3.remove('run')
            v8 = v0['run']
            if not isinstance(v8, dict):
                raise MismatchError
            v9 = isinstance(v8, dict)
            if v9:
                v10 = set(['id', 'attempt', 'repository', 'server']) - v8.keys()
                if v10:
                    raise MismatchError
                v11 = set(v8.keys())
                if 'id' in v11:
                    v11.remove('id')
                    v12 = v8['id']
                    if not isinstance(v12, str):
                        raise MismatchError
                if 'attempt' in v11:
                    v11.remove('attempt')
                    v13 = v8['attempt']
                    if not isinstance(v13, str):
                        raise MismatchError
                if 'repository' in v11:
                    v11.remove('repository')
                    v14 = v8['repository']
                    if not isinstance(v14, str):
                        raise MismatchError
                if 'server' in v11:
                    v11.remove('server')
                    v15 = v8['server']
                    if not isinstance(v15, str):
                        raise MismatchError
                if 'job' in v11:
                    v11.remove('job')
                    v16 = v8['job']
                    if not isinstance(v16, str):
                        raise MismatchError
                if v11:
                    raise MismatchError
        if 'image' in v3:
            v3.remove('image')
            v17 = v0['image']
            if not isinstance(v17, dict):
                raise MismatchError
            v18 = isinstance(v17, dict)
            if v18:
                v19 = set(['id', 'name']) - v17.keys()
                if v19:
                    raise MismatchError
                v20 = set(v17.keys())
                if 'id' in v20:
                    v20.remove('id')
                    v21 = v17['id']
                    if not isinstance(v21, str):
                        raise MismatchError
                if 'name' in v20:
                    v20.remove('name')
                    v22 = v17['name']
                    if not isinstance(v22, str):
                        raise MismatchError
                if v20:
                    raise MismatchError
        if 'fingerprint' in v3:
            v3.remove('fingerprint')
            v23 = v0['fingerprint']
            if not isinstance(v23, str):
                raise MismatchError
        if 'deadline' in v3:
            v3.remove('deadline')
            v24 = v0['deadline']
            if not isinstance(v24, int) and (not (isinstance(v24, float) and v24.is_integer())) or isinstance(v24, bool):
                raise MismatchError
        if 'capacity' in v3:
            v3.remove('capacity')
            v25 = v0['capacity']
            v26 = 0
            if not v26:
                try:
                    validate____defs_capacity(v25)
                    v26 += 1
                except MismatchError:
                    pass
            if not v26:
                try:
                    if not isinstance(v25, NoneType):
                        raise MismatchError
                    v26 += 1
                except MismatchError:
                    pass
            if not v26:
                raise MismatchError
        if 'snapshot' in v3:
            v3.remove('snapshot')
            v27 = v0['snapshot']
            if not isinstance(v27, dict):
                raise MismatchError
            v28 = isinstance(v27, dict)
            if v28:
                v29 = set(['old', 'routes']) - v27.keys()
                if v29:
                    raise MismatchError
                v30 = set(v27.keys())
                if 'old' in v30:
                    v30.remove('old')
                    v31 = v27['old']
                    v32 = 0
                    if not v32:
                        try:
                            validate____defs_group(v31)
                            v32 += 1
                        except MismatchError:
                            pass
                    if not v32:
                        try:
                            if not isinstance(v31, NoneType):
                                raise MismatchError
                            v32 += 1
                        except MismatchError:
                            pass
                    if not v32:
                        raise MismatchError
                if 'routes' in v30:
                    v30.remove('routes')
                    v33 = v27['routes']
                    if not isinstance(v33, list):
                        raise MismatchError
                    v34 = isinstance(v33, list)
                    if v34:
                        v35 = len(v33)
                        for v36, v37 in enumerate(v33):
                            validate____defs_pair(v37)
                if v30:
                    raise MismatchError
        if 'new' in v3:
            v3.remove('new')
            v38 = v0['new']
            v39 = 0
            if not v39:
                try:
                    validate____defs_group(v38)
                    v39 += 1
                except MismatchError:
                    pass
            if not v39:
                try:
                    if not isinstance(v38, NoneType):
                        raise MismatchError
                    v39 += 1
                except MismatchError:
                    pass
            if not v39:
                raise MismatchError
        if 'touched' in v3:
            v3.remove('touched')
            v40 = v0['touched']
            if not isinstance(v40, list):
                raise MismatchError
            v41 = isinstance(v40, list)
            if v41:
                v42 = len(v40)
                for v43, v44 in enumerate(v40):
                    validate____defs_route(v44)
        if 'suspended' in v3:
            v3.remove('suspended')
            v45 = v0['suspended']
            if not isinstance(v45, list):
                raise MismatchError
            v46 = isinstance(v45, list)
            if v46:
                v47 = len(v45)
                for v48, v49 in enumerate(v45):
                    if not isinstance(v49, str):
                        raise MismatchError
        if 'begun' in v3:
            v3.remove('begun')
            v50 = v0['begun']
            if not isinstance(v50, list):
                raise MismatchError
            v51 = isinstance(v50, list)
            if v51:
                v52 = len(v50)
                for v53, v54 in enumerate(v50):
                    if not isinstance(v54, str):
                        raise MismatchError
        if 'finished' in v3:
            v3.remove('finished')
            v55 = v0['finished']
            if not isinstance(v55, list):
                raise MismatchError
            v56 = isinstance(v55, list)
            if v56:
                v57 = len(v55)
                for v58, v59 in enumerate(v55):
                    if not isinstance(v59, str):
                        raise MismatchError
        if 'status' in v3:
            v3.remove('status')
            v60 = v0['status']
            if not (isinstance(v60, str) and v60 == 'running' or (isinstance(v60, str) and v60 == 'deployed') or (isinstance(v60, str) and v60 == 'unchanged') or (isinstance(v60, str) and v60 == 'stopped') or (isinstance(v60, str) and v60 == 'rolled-back') or (isinstance(v60, str) and v60 == 'rollback-incomplete') or (isinstance(v60, str) and v60 == 'failed') or (isinstance(v60, str) and v60 == 'refused') or (isinstance(v60, str) and v60 == 'cancelled') or (isinstance(v60, str) and v60 == 'planned') or (isinstance(v60, str) and v60 == 'valid') or (isinstance(v60, str) and v60 == 'invalid')):
                raise MismatchError
        if 'reason' in v3:
            v3.remove('reason')
            v61 = v0['reason']
            if not isinstance(v61, str):
                raise MismatchError
        if 'undone' in v3:
            v3.remove('undone')
            v62 = v0['undone']
            if not isinstance(v62, list):
                raise MismatchError
            v63 = isinstance(v62, list)
            if v63:
                v64 = len(v62)
                for v65, v66 in enumerate(v62):
                    if not isinstance(v66, str):
                        raise MismatchError
        if 'nonce' in v3:
            v3.remove('nonce')
            v67 = v0['nonce']
            if not isinstance(v67, str):
                raise MismatchError
            if isinstance(v67, str):
                if not REGEX_PATTERNS['^([0-9a-f]{8})?$'].search(v67):
                    raise MismatchError
        if 'gatePassedBy' in v3:
            v3.remove('gatePassedBy')
            v68 = v0['gatePassedBy']
            if not isinstance(v68, str):
                raise MismatchError
            if isinstance(v68, str):
                v69 = len(v68)
                if v69 > 8:
                    raise MismatchError
        if 'replaces' in v3:
            v3.remove('replaces')
            v70 = v0['replaces']
            if not isinstance(v70, str):
                raise MismatchError
            if isinstance(v70, str):
                v71 = len(v70)
                if v71 > 8:
                    raise MismatchError
        if 'inDoubt' in v3:
            v3.remove('inDoubt')
            v72 = v0['inDoubt']
            if not isinstance(v72, str):
                raise MismatchError
        if v3:
            raise MismatchError
    return v0
def validate____defs_route(v0):
    if not isinstance(v0, dict):
        raise MismatchError
    v1 = isinstance(v0, dict)
    if v1:
        v2 = set(['loadBalancer', 'listener', 'port', 'rule', 'isDefault', 'targets', 'stickySeconds']) - v0.keys()
        if v2:
            raise MismatchError
        v3 = set(v0.keys())
        if 'loadBalancer' in v3:
            v3.remove('loadBalancer')
            v4 = v0['loadBalancer']
            if not isinstance(v4, str):
                raise MismatchError
        if 'listener' in v3:
            v3.remove('listener')
            v5 = v0['listener']
            validate____defs_arn(v5)
        if 'port' in v3:
            v3.remove('port')
            v6 = v0['port']
            if not isinstance(v6, int) and (not (isinstance(v6, float) and v6.is_integer())) or isinstance(v6, bool):
                raise MismatchError
            if isinstance(v6, (int, float)) and (not isinstance(v6, bool)):
                if v6 < 0:
                    raise MismatchError
        if 'rule' in v3:
            v3.remove('rule')
            v7 = v0['rule']
            validate____defs_arn(v7)
        if 'isDefault' in v3:
            v3.remove('isDefault')
            v8 = v0['isDefault']
            if not isinstance(v8, bool):
                raise MismatchError
        if 'targets' in v3:
            v3.remove('targets')
            v9 = v0['targets']
            if not isinstance(v9, list):
                raise MismatchError
            v10 = isinstance(v9, list)
            if v10:
                v11 = len(v9)
                for v12, v13 in enumerate(v9):
                    if not isinstance(v13, dict):
                        raise MismatchError
                    v14 = isinstance(v13, dict)
                    if v14:
                        v15 = set(['targetGroup', 'weight']) - v13.keys()
                        if v15:
                            raise MismatchError
                        v16 = set(v13.keys())
                        if 'targetGroup' in v16:
                            v16.remove('targetGroup')
                            v17 = v13['targetGroup']
                            validate____defs_arn(v17)
                        if 'weight' in v16:
                            v16.remove('weight')
                            v18 = v13['weight']
                            if not isinstance(v18, int) and (not (isinstance(v18, float) and v18.is_integer())) or isinstance(v18, bool):
                                raise MismatchError
                            if isinstance(v18, (int, float)) and (not isinstance(v18, bool)):
                                if v18 < 0:
                                    raise MismatchError
                                if v18 > 999:
                                    raise MismatchError
                        if v16:
                            raise MismatchError
        if 'stickySeconds' in v3:
            v3.remove('stickySeconds')
            v19 = v0['stickySeconds']
            if not isinstance(v19, (int, NoneType)) and (not (isinstance(v19, float) and v19.is_integer())) or isinstance(v19, bool):
                raise MismatchError
            if isinstance(v19, (int, float)) and (not isinstance(v19, bool)):
                if v19 < 1:
                    raise MismatchError
                if v19 > 604800:
                    raise MismatchError
        if v3:
            raise MismatchError
    return v0
def validate____defs_arn(v0):
    if not isinstance(v0, str):
        raise MismatchError
    if isinstance(v0, str):
        if not REGEX_PATTERNS['^(listener-rule|listener|targetgroup)/'].search(v0):
            raise MismatchError
    return v0
def validate____defs_pair(v0):
    if not isinstance(v0, dict):
        raise MismatchError
    v1 = isinstance(v0, dict)
    if v1:
        v2 = set(['prod', 'stage', 'blue', 'green']) - v0.keys()
        if v2:
            raise MismatchError
        v3 = set(v0.keys())
        if 'prod' in v3:
            v3.remove('prod')
            v4 = v0['prod']
            validate____defs_route(v4)
        if 'stage' in v3:
            v3.remove('stage')
            v5 = v0['stage']
            v6 = 0
            if not v6:
                try:
                    validate____defs_route(v5)
                    v6 += 1
                except MismatchError:
                    pass
            if not v6:
                try:
                    if not isinstance(v5, NoneType):
                        raise MismatchError
                    v6 += 1
                except MismatchError:
                    pass
            if not v6:
                raise MismatchError
        if 'blue' in v3:
            v3.remove('blue')
            v7 = v0['blue']
            validate____defs_arn(v7)
        if 'green' in v3:
            v3.remove('green')
            v8 = v0['green']
            validate____defs_arn(v8)
        if v3:
            raise MismatchError
    return v0
def validate____defs_group(v0):
    if not isinstance(v0, dict):
        raise MismatchError
    v1 = isinstance(v0, dict)
    if v1:
        v2 = set(['id', 'name', 'capacity', 'image']) - v0.keys()
        if v2:
            raise MismatchError
        v3 = set(v0.keys())
        if 'id' in v3:
            v3.remove('id')
            v4 = v0['id']
            if not isinstance(v4, str):
                raise MismatchError
            if isinstance(v4, str):
                if not REGEX_PATTERNS['^sig-'].search(v4):
                    raise MismatchError
        if 'name' in v3:
            v3.remove('name')
            v5 = v0['name']
            if not isinstance(v5, str):
                raise MismatchError
        if 'capacity' in v3:
            v3.remove('capacity')
            v6 = v0['capacity']
            validate____defs_capacity(v6)
        if 'image' in v3:
            v3.remove('image')
            v7 = v0['image']
            if not isinstance(v7, (str, NoneType)):
                raise MismatchError
        if v3:
            raise MismatchError
    return v0
def validate____defs_capacity(v0):
    if not isinstance(v0, dict):
        raise MismatchError
    v1 = isinstance(v0, dict)
    if v1:
        v2 = set(['minimum', 'target', 'maximum']) - v0.keys()
        if v2:
            raise MismatchError
        v3 = set(v0.keys())
        if 'minimum' in v3:
            v3.remove('minimum')
            v4 = v0['minimum']
            if not isinstance(v4, int) and (not (isinstance(v4, float) and v4.is_integer())) or isinstance(v4, bool):
                raise MismatchError
            if isinstance(v4, (int, float)) and (not isinstance(v4, bool)):
                if v4 < 0:
                    raise MismatchError
        if 'target' in v3:
            v3.remove('target')
            v5 = v0['target']
            if not isinstance(v5, int) and (not (isinstance(v5, float) and v5.is_integer())) or isinstance(v5, bool):
                raise MismatchError
            if isinstance(v5, (int, float)) and (not isinstance(v5, bool)):
                if v5 < 0:
                    raise MismatchError
        if 'maximum' in v3:
            v3.remove('maximum')
            v6 = v0['maximum']
            if not isinstance(v6, int) and (not (isinstance(v6, float) and v6.is_integer())) or isinstance(v6, bool):
                raise MismatchError
            if isinstance(v6, (int, float)) and (not isinstance(v6, bool)):
                if v6 < 0:
                    raise MismatchError
        if v3:
            raise MismatchError
    return v0
CHECKS = {'': validate, 'arn': validate____defs_arn, 'capacity': validate____defs_capacity, 'group': validate____defs_group, 'pair': validate____defs_pair, 'route': validate____defs_route}
